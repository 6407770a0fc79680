import type { KeyValue } from '../store/keyvalue/keyvalue.ts';
import { rateLimited } from '../store/keyvalue/limiter.ts';

/**
 * The most entries that one client, session, account or network may store where no password hash slows it down. Threat:
 * a full Redis that must not evict refuses all users from then on, and the audit log is kept for a year.
 */
const QUOTAS = {
  /** A client's own access tokens. Each can be revoked, which stores a key, a row and an event. */
  clientTokens: { points: 300, durationSeconds: 60 },
  /** Access tokens of one session that are revoked one by one. A refresh makes a new one at no cost. */
  revokedTokens: { points: 10, durationSeconds: 3600 },
  /** An account's changes of its own profile. */
  profileChanges: { points: 30, durationSeconds: 900 },
  /** Authenticator apps and passkeys that an account begins to set up. */
  enrolments: { points: 30, durationSeconds: 900 },
  /**
   * Recovery codes that are tried for an account, apart for its known devices. 80 random bits need no limit; the audit log
   * does, because each wrong one is an event.
   */
  recoveryCodes: { points: 30, durationSeconds: 3600 },
  /** Wrong passkeys that are shown for an account, apart for its known devices: each is an event of the log. */
  wrongPasskeys: { points: 30, durationSeconds: 3600 },
  /**
   * Authorization requests that users of a network decline. Each is stored for as long as it could have been accepted.
   */
  refusedConsents: { points: 300, durationSeconds: 600 },
  /** Requests of a network for a mail to an account. */
  askedMails: { points: 30, durationSeconds: 900 },
  /** Links and codes that a network presents. A link cannot be guessed; a code has five tries. */
  shownLinks: { points: 60, durationSeconds: 900 },
  /** Links for one account, from any network. Each is a row. */
  accountLinks: { points: 10, durationSeconds: 3600 },
} as const;

export type Quota = keyof typeof QUOTAS;

/** The quotas across all replicas. Every method throws SERVICE_UNAVAILABLE if the store is unavailable. */
export interface Quotas {
  /**
   * Takes one.
   * @throws Refusal RATE_LIMITED if none is left
   */
  spend(quota: Quota, key: string): Promise<void>;
  /** Takes one. Returns false if none was left. */
  take(quota: Quota, key: string): Promise<boolean>;
}

export function createQuotas(keyValue: Pick<KeyValue, 'limiter'>): Quotas {
  const count = async (quota: Quota, key: string) => {
    const { points, durationSeconds } = QUOTAS[quota];
    const limiter = keyValue.limiter({ name: `quota:${quota}`, points, durationSeconds });
    const spent = await limiter.penalty(key);
    return { isLeft: spent.points <= points, remainingMs: spent.remainingMs };
  };
  return {
    async spend(quota, key) {
      const { isLeft, remainingMs } = await count(quota, key);
      if (!isLeft) throw rateLimited(remainingMs);
    },
    take: async (quota, key) => (await count(quota, key)).isLeft,
  };
}
