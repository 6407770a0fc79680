import './badge.css';
import type { ReactNode } from 'react';
import type { Tone } from './tone.ts';

/** A short label for a role or a state. The text says the same as the colour. */
export function Badge({ tone, children }: { readonly tone?: Tone | undefined; readonly children: ReactNode }) {
  return <span className={`badge ${tone ?? ''}`}>{children}</span>;
}
