import './notice.css';
import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Tone } from './tone.ts';

const ICONS = { info: Info, success: CircleCheck, warning: TriangleAlert, danger: CircleAlert };

interface Props {
  readonly tone: Tone;
  readonly children: ReactNode;
  /** Read out as soon as it appears, whatever the person is doing: for what has just gone wrong. */
  readonly isUrgent?: boolean;
}

/** A sentence or two inside a page that must not be missed. */
export function Notice({ tone, children, isUrgent = false }: Props) {
  const Icon = ICONS[tone];
  return (
    <div className={`notice ${tone}`} role={isUrgent ? 'alert' : undefined}>
      <Icon size={18} aria-hidden />
      <div>{children}</div>
    </div>
  );
}
