import type { KeyValue } from '../store/keyvalue/keyvalue.ts';
import { rateLimited } from '../store/keyvalue/limiter.ts';

/**
 * What one client, session, account or network may cause to be stored, where no password is hashed for it. Threat: a
 * Redis that must not evict is full once, and refuses everybody from then on; a log is kept for a year.
 */
const QUOTAS = {
  /** A client's own access tokens: each can be taken back, which is a key, a row and an event. */
  clientTokens: { points: 300, durationSeconds: 60 },
  /** Access tokens of one session that are taken back one by one; refreshing makes a new one at no price. */
  revokedTokens: { points: 10, durationSeconds: 3600 },
  /** An account's changes of its own profile. */
  profileChanges: { points: 30, durationSeconds: 900 },
  /** Authorization requests that a network's people say no to: each is remembered for as long as it could be answered. */
  refusedConsents: { points: 300, durationSeconds: 600 },
} as const;

export type Quota = keyof typeof QUOTAS;

/** Counted on all replicas together. Every method throws SERVICE_UNAVAILABLE where the store is away. */
export interface Quotas {
  /** Takes one. @throws RATE_LIMITED where none is left. */
  spend(quota: Quota, key: string): Promise<void>;
  /** Takes one; whether there was one left. */
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
