import type { AuditType } from '../audit/event_types.ts';
import type { ActivityQuery } from './documents.ts';

export type Activity = ActivityQuery['signInActivity'][number];

/** A number that is counted over time. */
export interface Measure {
  readonly key: Exclude<keyof Activity, 'at' | '__typename'>;
  readonly name: string;
  readonly about: string;
  /** The counted events. */
  readonly types: readonly AuditType[];
}

export const MEASURES: readonly Measure[] = [
  {
    key: 'signIns',
    name: 'Sign-ins',
    about: 'Successful sign-ins with a password.',
    types: ['login.succeeded'],
  },
  {
    key: 'failures',
    name: 'Failed sign-ins',
    about: 'Wrong password, unknown username, or a scope that is not allowed.',
    types: ['login.failed'],
  },
  {
    key: 'limited',
    name: 'Rate limits',
    about: 'Waiting periods in which rate limits refused attempts.',
    types: ['login.limited'],
  },
  {
    key: 'reuses',
    name: 'Reused tokens',
    about: 'A token or code was used again, so it was most likely stolen. Its sessions have ended.',
    types: ['refresh.reused', 'code.reused'],
  },
];

export const sumOf = (activity: readonly Activity[], { key }: Measure): number =>
  activity.reduce((sum, step) => sum + step[key], 0);
