import { useState, useSyncExternalStore } from 'react';

/** Longest time from lifting a finger until the browser has made a click of it. */
const TAP_MS = 400;

let isPressed = false;
let ending: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

function press(pressed: boolean): void {
  clearTimeout(ending);
  if (isPressed === pressed) return;
  isPressed = pressed;
  for (const listener of listeners) listener();
}

/** Not before the handlers of what is happening have run. */
function release(after: number): void {
  clearTimeout(ending);
  ending = setTimeout(() => press(false), after);
}

addEventListener('pointerdown', () => press(true), true);
addEventListener('pointerup', ({ pointerType }) => release(pointerType === 'mouse' ? 0 : TAP_MS), true);
// The finger scrolls.
addEventListener('pointercancel', () => release(0), true);
addEventListener('click', () => release(0), true);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/**
 * Returns a value, which stays the same from when a mouse button or a finger goes down until the click is over. A field
 * that loses the focus by the press changes its message, and the button below it would move away before it is let go.
 */
export function useSteady<Value extends string | undefined>(value: Value): Value {
  const pressed = useSyncExternalStore(subscribe, () => isPressed);
  const [steady, setSteady] = useState(value);
  if (pressed) return steady;
  if (steady !== value) setSteady(value);
  return value;
}
