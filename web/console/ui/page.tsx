import './page.css';
import { type ReactNode, useEffect, useRef } from 'react';
import { useLocation } from 'react-router';

interface Props {
  readonly title: string;
  /** A sentence below the title. */
  readonly lead?: ReactNode;
  /** Buttons at the title's right. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/**
 * A page with its title, in the window and on the page. Navigation moves the focus to the title, so that screen readers
 * announce it and Tab continues from there. The first page of a visit leaves the focus alone.
 */
export function Page({ title, lead, actions, children }: Props) {
  const heading = useTitle(title);
  return (
    <div className="page">
      <header className="page-head">
        <div>
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {lead !== undefined && <p className="muted">{lead}</p>}
        </div>
        {actions !== undefined && <div className="row">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

/** Sets the window's title and returns the `ref` for the heading, for pages without {@link Page}. */
export function useTitle(title: string) {
  const heading = useRef<HTMLHeadingElement>(null);
  // The router's key for the first entry of a visit.
  const isFirst = useLocation().key === 'default';
  useEffect(() => {
    document.title = `${title} · Gatehouse`;
  }, [title]);
  useEffect(() => {
    const hasField = document.activeElement?.closest('main form') != null;
    if (!isFirst && !hasField) heading.current?.focus({ preventScroll: true });
  }, [isFirst]);
  return heading;
}
