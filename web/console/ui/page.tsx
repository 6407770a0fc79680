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
 * A page's title, in the window and on the page, and its content. A page that was navigated to takes the focus to its
 * title, so that screen readers read it and Tab goes on from there; the first one of a visit leaves the focus alone.
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

/** For a page of another form than {@link Page}: names the window, and answers what its heading takes as `ref`. */
export function useTitle(title: string) {
  const heading = useRef<HTMLHeadingElement>(null);
  // The router gives this key to the entry that the visit began with.
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
