import { useEffect, useRef } from 'react';

/**
 * Calls `act` again and again while the page is looked at, and once when somebody comes back to it after longer than that.
 * @param seconds between two calls
 */
export function useWhileVisible(act: () => void, seconds: number): void {
  const latest = useRef(act);
  useEffect(() => {
    latest.current = act;
  });
  useEffect(() => {
    let last = Date.now();
    const look = () => {
      // Nobody looks: what nobody sees need not be asked for.
      if (document.visibilityState !== 'visible' || Date.now() - last < seconds * 1000) return;
      last = Date.now();
      latest.current();
    };
    const timer = setInterval(look, seconds * 1000);
    document.addEventListener('visibilitychange', look);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, [seconds]);
}
