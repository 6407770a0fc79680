import type { SignInActivityStep } from './documents.ts';

/** A period of the dashboard and its steps. */
export interface Period {
  readonly id: string;
  /** As in `12 sign-ins in the last hour`. */
  readonly name: string;
  readonly step: SignInActivityStep;
  readonly stepSeconds: number;
  readonly steps: number;
  readonly format: Intl.DateTimeFormatOptions;
}

export const PERIODS = [
  {
    id: 'hour',
    name: 'Last hour',
    step: 'MINUTE',
    stepSeconds: 60,
    steps: 60,
    format: { timeStyle: 'short' },
  },
  {
    id: 'day',
    name: '24 hours',
    step: 'HOUR',
    stepSeconds: 3_600,
    steps: 24,
    format: { weekday: 'short', hour: 'numeric', minute: '2-digit' },
  },
  {
    id: 'month',
    name: '30 days',
    step: 'DAY',
    stepSeconds: 86_400,
    steps: 30,
    format: { day: 'numeric', month: 'short' },
  },
] as const satisfies readonly Period[];

/** Returns the period of an address. The default is the day. */
export const readPeriod = (id: string | null): Period => PERIODS.find((period) => period.id === id) ?? PERIODS[1];

/** Returns the span that ends with the step of `now`. Hours and days are in the browser's time zone. */
export function spanOf(
  { id, stepSeconds, steps }: Period,
  now: number,
): { readonly from: string; readonly to: string } {
  const end = new Date(now);
  if (id === 'hour') end.setMinutes(end.getMinutes() + 1, 0, 0);
  else if (id === 'day') end.setHours(end.getHours() + 1, 0, 0, 0);
  else end.setHours(24, 0, 0, 0);
  return { from: new Date(end.getTime() - steps * stepSeconds * 1000).toISOString(), to: end.toISOString() };
}

/** Returns the label of a step. A day is labelled by its noon, because daylight saving time can move its beginning. */
export function nameStep({ format, step, stepSeconds }: Period, at: string): string {
  const shift = step === 'DAY' ? stepSeconds * 500 : 0;
  return new Intl.DateTimeFormat('en', { ...format, hourCycle: 'h23' }).format(new Date(at).getTime() + shift);
}
