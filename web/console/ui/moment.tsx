const FULL = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });
const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

const STEPS: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number])[] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** A relative time, such as `5 minutes ago`, with the exact time as its tooltip. `exact` shows the exact time. */
export function Moment({ at, exact = false }: { readonly at: string; readonly exact?: boolean }) {
  const date = new Date(at);
  const full = FULL.format(date);
  return (
    <time dateTime={at} title={exact ? undefined : full}>
      {exact ? full : relative(date, Date.now())}
    </time>
  );
}

function relative(date: Date, now: number): string {
  const seconds = (date.getTime() - now) / 1000;
  const step = STEPS.find(([, size]) => Math.abs(seconds) >= size);
  return step ? RELATIVE.format(Math.trunc(seconds / step[1]), step[0]) : seconds > 0 ? 'in a moment' : 'just now';
}
