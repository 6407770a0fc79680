import './act.css';
import type { ReactNode } from 'react';

interface Props {
  readonly title: ReactNode;
  readonly about: ReactNode;
  /** The buttons. */
  readonly children: ReactNode;
}

/** The actions of a card, one below the other. */
export function Acts({ children }: { readonly children: ReactNode }) {
  return <div className="acts">{children}</div>;
}

/** One of the actions of a card. */
export function Act({ title, about, children }: Props) {
  return (
    <div className="act">
      <div>
        <h3>{title}</h3>
        <p className="muted small">{about}</p>
      </div>
      {children}
    </div>
  );
}
