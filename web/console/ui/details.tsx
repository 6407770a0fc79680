import './details.css';
import type { ReactNode } from 'react';

/** A list of names and values, side by side, or stacked on a phone. */
export function Details({ rows }: { readonly rows: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className="details">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value ?? <span className="muted">none</span>}</dd>
        </div>
      ))}
    </dl>
  );
}
