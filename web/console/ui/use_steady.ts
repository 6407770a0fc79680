import { useState, useSyncExternalStore } from 'react';

/** The longest time between lifting a finger and the click event. */
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

/** Releases after the handlers of the current event have run. */
function release(after: number): void {
  clearTimeout(ending);
  ending = setTimeout(() => press(false), after);
}

addEventListener('pointerdown', () => press(true), true);
addEventListener('pointerup', ({ pointerType }) => release(pointerType === 'mouse' ? 0 : TAP_MS), true);
// Scrolling cancels the pointer.
addEventListener('pointercancel', () => release(0), true);
addEventListener('click', () => release(0), true);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/**
 * Returns a value that does not change between press and click. A press takes the focus from a field, whose message
 * then changes. Without this, the button below would move away before the release.
 */
export function useSteady<Value extends string | undefined>(value: Value): Value {
  const pressed = useSyncExternalStore(subscribe, () => isPressed);
  const [steady, setSteady] = useState(value);
  if (pressed) return steady;
  if (steady !== value) setSteady(value);
  return value;
}
