import { type ReactNode, useEffect, useRef } from 'react';

/**
 * Takes the focus when what had it inside goes away, such as the button of a row that is no more: it would fall to the
 * page's beginning, far from where the person was.
 * @param label what is inside, which is read out then
 */
export function KeepFocus({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  const region = useRef<HTMLDivElement>(null);
  const last = useRef<Element>(null);
  useEffect(() => {
    if (!last.current || last.current.isConnected || document.activeElement !== document.body) return;
    last.current = null;
    region.current?.focus({ preventScroll: true });
  });
  return (
    <div
      ref={region}
      role="group"
      aria-label={label}
      tabIndex={-1}
      className="keep-focus"
      onFocus={({ target }) => {
        // What is in a dialog above the page is not in here, though React tells of its focus too.
        if (region.current?.contains(target)) last.current = target;
      }}
    >
      {children}
    </div>
  );
}
