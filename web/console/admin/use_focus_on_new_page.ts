import { useEffect, useRef } from 'react';

/**
 * The button that led to another page may be gone or disabled there: reading goes on at the rows.
 * @param after the cursor of the page that is shown
 * @returns what the rows take as `ref`; they need `tabIndex={-1}`
 */
export function useFocusOnNewPage(after: string | undefined) {
  const rows = useRef<HTMLDivElement>(null);
  const shown = useRef(after);
  useEffect(() => {
    if (shown.current === after) return;
    shown.current = after;
    // Not where the page went back to the first one because of a filter, which has the focus.
    if (document.activeElement?.closest('[role=search], thead')) return;
    rows.current?.focus({ preventScroll: true });
    rows.current?.scrollIntoView({ block: 'start' });
  }, [after]);
  return rows;
}
