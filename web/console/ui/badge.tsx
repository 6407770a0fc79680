import './badge.css';
import type { ReactNode } from 'react';
import type { Tone } from './tone.ts';

/** A word or two about a thing: its role, its state. Never colour alone: the words say it too. */
export function Badge({ tone, children }: { readonly tone?: Tone | undefined; readonly children: ReactNode }) {
  return <span className={`badge ${tone ?? ''}`}>{children}</span>;
}
