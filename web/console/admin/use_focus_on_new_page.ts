import { useEffect, useRef } from 'react';

/**
 * Moves the focus to the rows of a new page, because the used button may be gone or disabled there.
 * @param after the cursor of the shown page
 * @returns the `ref` for the rows, which need `tabIndex={-1}`
 */
export function useFocusOnNewPage(after: string | undefined) {
  const rows = useRef<HTMLDivElement>(null);
  const shown = useRef(after);
  useEffect(() => {
    if (shown.current === after) return;
    shown.current = after;
    // A filter that led back to the first page keeps the focus.
    if (document.activeElement?.closest('[role=search], thead')) return;
    rows.current?.focus({ preventScroll: true });
    rows.current?.scrollIntoView({ block: 'start' });
  }, [after]);
  return rows;
}
