import { useEffect, useState } from 'react';
import type { Failure } from './failure.ts';

/** Returns the seconds until the next attempt, counting down to 0. */
export function useCountdown(failure: Failure | undefined): number {
  const [now, setNow] = useState(() => Date.now());
  const [until, setUntil] = useState(0);
  useEffect(() => {
    if (failure?.retryAfter === undefined) return setUntil(0);
    const end = Date.now() + failure.retryAfter * 1000;
    setNow(Date.now());
    setUntil(end);
    const timer = setInterval(() => {
      setNow(Date.now());
      if (Date.now() >= end) clearInterval(timer);
    }, 1000);
    return () => clearInterval(timer);
  }, [failure]);
  return Math.max(0, Math.ceil((until - now) / 1000));
}
