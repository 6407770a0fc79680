import { query, type Db } from '../store/database/database.ts';
import type { AuditType } from './audit.ts';

/** The counts of sign-in events in a step that begins at `at`. */
export interface Activity {
  readonly at: Date;
  readonly signIns: number;
  /** Wrong passwords, unknown names, scopes that may not be granted. */
  readonly failures: number;
  /** Attempts that the limits refused; one is recorded for each network and minute. */
  readonly limited: number;
  /** Refresh tokens and authorization codes that were used twice, as a rule after a theft. */
  readonly reuses: number;
}

export interface ActivityPeriod {
  readonly from: Date;
  /** Exclusive: an event at this moment is not included. */
  readonly to: Date;
  readonly stepSeconds: number;
}

type ActivityCount = Exclude<keyof Activity, 'at'>;

/** The events of sign-ins and tokens. A new one does not compile until it has its place in {@link COUNTED}. */
type SignInEvent = Extract<AuditType, `${'login' | 'refresh' | 'code'}.${string}`>;

/** The count that an event adds to; null for an event that is neither a failure nor a sign-in. */
const COUNTED: Readonly<Record<SignInEvent, ActivityCount | null>> = {
  'login.succeeded': 'signIns',
  'login.failed': 'failures',
  'login.challenged': null,
  'login.reauthenticated': null,
  'login.limited': 'limited',
  'refresh.repeated': null,
  'refresh.retried': null,
  'refresh.doubtful': null,
  'refresh.reused': 'reuses',
  'code.reused': 'reuses',
};
const COUNTS = new Map(Object.entries(COUNTED).flatMap(([type, count]) => (count === null ? [] : [[type, count]])));
const TYPES = [...COUNTS.keys()];

/**
 * Counts events in steps from the start of a period, including empty steps; the last step ends with the period. A step
 * is a number of seconds, without a time zone: a period that begins at a local midnight has local days.
 */
export async function countActivity(db: Db, { from, to, stepSeconds }: ActivityPeriod): Promise<Activity[]> {
  const [start, end] = [from.toISOString(), to.toISOString()];
  // The index on type and time is enough: the query reads no row of the log.
  const rows = await query<{ step: number; type: AuditType; count: number }>(
    db,
    `select extract(epoch from start - ?::timestamptz)::int / ?::int as step, type, count
    from (
      select date_bin(make_interval(secs => ?), at, ?::timestamptz) as start, type, count(*)::int as count
      from audit_events
      where type in (${TYPES.map(() => '?').join(', ')}) and at >= ?::timestamptz and at < ?::timestamptz
      group by 1, 2
    ) as counted`,
    [start, stepSeconds, stepSeconds, start, ...TYPES, start, end],
  );
  const steps = Array.from({ length: stepsIn({ from, to, stepSeconds }) }, (_, step) => ({
    at: new Date(from.getTime() + step * stepSeconds * 1000),
    signIns: 0,
    failures: 0,
    limited: 0,
    reuses: 0,
  }));
  for (const { step, type, count } of rows) steps[step]![COUNTS.get(type)!] += count;
  return steps;
}

/** The most steps that a chart can show. It also bounds the memory. */
export const MOST_STEPS = 1000;

/** Returns the number of steps in a period. */
export function stepsIn({ from, to, stepSeconds }: ActivityPeriod): number {
  return Math.ceil((to.getTime() - from.getTime()) / (stepSeconds * 1000));
}
