import './card.css';
import { type ReactNode, useId } from 'react';

interface Props {
  readonly title: string;
  /** A sentence below the title. */
  readonly lead?: ReactNode;
  /** Buttons at the title's right. */
  readonly actions?: ReactNode;
  readonly children?: ReactNode;
  /** Removes the padding, for tables and lists. */
  readonly isFlush?: boolean;
}

/** A section of a page with its own title. */
export function Card({ title, lead, actions, children, isFlush = false }: Props) {
  const id = useId();
  return (
    <section className="card" aria-labelledby={id}>
      <header className="card-head">
        <div>
          <h2 id={id}>{title}</h2>
          {lead !== undefined && <p className="muted small">{lead}</p>}
        </div>
        {actions !== undefined && <div className="row">{actions}</div>}
      </header>
      {children != null && <div className={isFlush ? 'card-body flush' : 'card-body'}>{children}</div>}
    </section>
  );
}
