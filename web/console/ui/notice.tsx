import './notice.css';
import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Tone } from './tone.ts';

const ICONS = { info: Info, success: CircleCheck, warning: TriangleAlert, danger: CircleAlert };

interface Props {
  readonly tone: Tone;
  readonly children: ReactNode;
  /** Makes screen readers announce it at once. Used for errors that just occurred. */
  readonly isUrgent?: boolean;
}

/** An important message inside a page. */
export function Notice({ tone, children, isUrgent = false }: Props) {
  const Icon = ICONS[tone];
  return (
    <div className={`notice ${tone}`} role={isUrgent ? 'alert' : undefined}>
      <Icon size={18} aria-hidden />
      <div>{children}</div>
    </div>
  );
}
