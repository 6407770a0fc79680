import { query, type Db } from '../store/database/database.ts';
import type { AuditType } from './audit.ts';

/** What happened to sign-ins in some time from `at` on. */
export interface Activity {
  readonly at: Date;
  readonly signIns: number;
  /** Wrong passwords, unknown names, scopes beyond what may be granted. */
  readonly failures: number;
  /** Attempts that the limits refused: one is recorded for each network and minute. */
  readonly limited: number;
  /** Refresh tokens and authorization codes that somebody showed again: a theft, as a rule. */
  readonly reuses: number;
}

export interface ActivityPeriod {
  readonly from: Date;
  /** What happened at this very moment is not in it any more. */
  readonly to: Date;
  readonly stepSeconds: number;
}

type Count = Exclude<keyof Activity, 'at'>;

/** The events that a sign-in or a token can cause: a new one does not compile until it has its place in {@link COUNTED}. */
type SignInEvent = Extract<AuditType, `${'login' | 'refresh' | 'code'}.${string}`>;

/** The count that an event adds to; null: it is no failure, and no sign-in of its own. */
const COUNTED: Readonly<Record<SignInEvent, Count | null>> = {
  'login.succeeded': 'signIns',
  'login.failed': 'failures',
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
 * Counts in steps from the beginning of a period, those without an event too; the last step ends with the period. A step
 * is so many seconds and knows no zone: whoever begins at a midnight of theirs gets days of theirs.
 */
export async function countActivity(db: Db, { from, to, stepSeconds }: ActivityPeriod): Promise<Activity[]> {
  const [start, end] = [from.toISOString(), to.toISOString()];
  // The index on type and time has all of it: no row of the log is read.
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

/** What a chart can show, and no more than the memory for it is worth. */
export const MOST_STEPS = 1000;

/** How many steps a period has. */
export function stepsIn({ from, to, stepSeconds }: ActivityPeriod): number {
  return Math.ceil((to.getTime() - from.getTime()) / (stepSeconds * 1000));
}
