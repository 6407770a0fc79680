import { type ReactNode, useEffect, useRef } from 'react';

/**
 * Takes the focus when the focused element inside is removed, such as a button of a removed row. Otherwise the focus
 * would fall back to the beginning of the page.
 * @param label the name of the content, which is read out then
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
        // React reports the focus of dialogs above the page too.
        if (region.current?.contains(target)) last.current = target;
      }}
    >
      {children}
    </div>
  );
}
