import type { AuditType } from '../audit/event_types.ts';
import type { ActivityQuery } from './documents.ts';

export type Activity = ActivityQuery['signInActivity'][number];

/** One of the numbers that are counted over time. */
export interface Measure {
  readonly key: Exclude<keyof Activity, 'at' | '__typename'>;
  readonly name: string;
  readonly about: string;
  /** The events that it counts. */
  readonly types: readonly AuditType[];
}

export const MEASURES: readonly Measure[] = [
  {
    key: 'signIns',
    name: 'Sign-ins',
    about: 'The password was right.',
    types: ['login.succeeded'],
  },
  {
    key: 'failures',
    name: 'Failed sign-ins',
    about: 'A wrong password, an unknown name, or more asked for than allowed.',
    types: ['login.failed'],
  },
  {
    key: 'limited',
    name: 'Limits',
    about: 'Waits in which the limits refused attempts.',
    types: ['login.limited'],
  },
  {
    key: 'reuses',
    name: 'Reused tokens',
    about: 'A token or a code came again: most likely stolen. Its sessions were ended.',
    types: ['refresh.reused', 'code.reused'],
  },
];

export const sumOf = (activity: readonly Activity[], { key }: Measure): number =>
  activity.reduce((sum, step) => sum + step[key], 0);
