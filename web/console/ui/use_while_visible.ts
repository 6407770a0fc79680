import { useEffect, useRef } from 'react';

/**
 * Calls `act` repeatedly while the page is visible, and once when the page becomes visible after a longer time.
 * @param seconds the time between two calls
 */
export function useWhileVisible(act: () => void, seconds: number): void {
  const latest = useRef(act);
  useEffect(() => {
    latest.current = act;
  });
  useEffect(() => {
    let last = Date.now();
    const look = () => {
      // A hidden page needs no new data.
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
