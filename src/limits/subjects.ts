import { digestText } from '../kernel/secret.ts';
import type { KeyValue } from '../store/keyvalue/keyvalue.ts';
import type { Count, Limiter } from '../store/keyvalue/limiter.ts';
import { limitKey } from './client_address.ts';
import type { Limit } from './metrics.ts';

/** Failures of an account that cost no delay; up to one more check than this may be under way at once. */
const FREE_FAILURES = 3;
const MAX_DELAY_SECONDS = 300;
/** Enough to remember which password it was; a thief of the device gets no more. */
export const DEVICE_FAILURES = 5;

export interface AttemptLimits {
  /** Failures of one account, also from one address alone, until it is locked. */
  readonly perAccount: number;
  readonly perAddress: number;
  /** Counted from the first failure on. */
  readonly windowSeconds: number;
}

/** The seconds in which an account takes no attempt after its nth failure. */
export function delayAfter(failures: number): number {
  return failures <= FREE_FAILURES ? 0 : Math.min(MAX_DELAY_SECONDS, 2 ** (failures - FREE_FAILURES - 1));
}

/** What may happen next: so many checks at once, or none for a while. */
interface AttemptState {
  readonly slots: number;
  readonly closed: readonly Closed[];
}

/** One of the limits is met, and for so long. */
export interface Closed {
  readonly limit: Limit;
  readonly forMs: number;
}

/** One of the things that attempts are counted for: the account (with the pair), the address. */
export interface AttemptSubject {
  readonly line: string;
  state(): Promise<AttemptState>;
  failed(): Promise<void>;
  succeeded(): Promise<void>;
}

/** What attempts are counted for. Every method throws SERVICE_UNAVAILABLE where the store is away. */
export interface AttemptSubjects {
  /** The account of a name as typed, with the pair of it and the address. */
  account(name: string, address: string): AttemptSubject;
  /** The address; of IPv6 its network. No delays: so many failures in a window. */
  address(address: string): AttemptSubject;
  /** A known device: it is counted by itself, and its success forgives it. Null where it has nothing left. */
  device(id: string): Promise<AttemptSubject | null>;
  /** Forgets the failures of an account. Those of its pairs are forgotten when they are looked at next. */
  clear(name: string): Promise<void>;
  /** The milliseconds for which an account's own failures close it. */
  heldFor(name: string): Promise<number>;
}

export function createAttemptSubjects(keyValue: KeyValue, limits: AttemptLimits): AttemptSubjects {
  const { perAccount, perAddress, windowSeconds } = limits;
  const counter = (name: string, points: number) =>
    keyValue.limiter({ name: `attempts:${name}`, points, durationSeconds: windowSeconds });
  const accounts = counter('account', perAccount);
  const delays = counter('delay', 0);
  const pairs = counter('pair', perAccount);
  const clearings = counter('cleared', 0);
  const addresses = counter('address', perAddress);
  const devices = counter('device', DEVICE_FAILURES);

  /** For how long an account's own failures close it, and which of its limits does. */
  function closedBy(failures: Count | undefined, delay: Count | undefined): readonly Closed[] {
    return [
      { limit: 'delay', forMs: delay?.remainingMs ?? 0 },
      { limit: 'account', forMs: failures && failures.points >= perAccount ? failures.remainingMs : 0 },
    ];
  }

  function account(name: string, address: string): AttemptSubject {
    const pair = `${name}:${limitKey(address)}`;

    /** The pair's failures, unless they are from before the account was cleared: those are forgotten late, here. */
    async function pairFailures() {
      const failures = await pairs.get(pair);
      if (!failures) return undefined;
      const cleared = await clearings.get(name);
      // Both stand for one window from their beginning: what ends first began first.
      if (!cleared || failures.remainingMs >= cleared.remainingMs) return failures;
      await pairs.delete(pair);
      return undefined;
    }

    return {
      line: `attempts:line:${name}`,

      async state() {
        const [failures, delay, ofPair] = await Promise.all([accounts.get(name), delays.get(name), pairFailures()]);
        const count = failures?.points ?? 0;
        const free = count <= FREE_FAILURES ? FREE_FAILURES + 1 - count : 1;
        const left = Math.min(perAccount - count, perAccount - (ofPair?.points ?? 0));
        return {
          slots: Math.min(free, left),
          closed: [
            ...closedBy(failures, delay),
            { limit: 'pair', forMs: (ofPair?.points ?? 0) >= perAccount ? (ofPair?.remainingMs ?? 0) : 0 },
          ],
        };
      },

      async failed() {
        const [{ points, remainingMs }] = await Promise.all([accounts.penalty(name), pairs.penalty(pair)]);
        // The delay ends with the window: failures that are forgotten hold nobody up.
        const delay = Math.min(delayAfter(points), Math.ceil(remainingMs / 1000));
        if (delay > 0) await delays.block(name, delay);
      },

      async succeeded() {
        await Promise.all([accounts.delete(name), delays.delete(name), pairs.delete(pair)]);
      },
    };
  }

  /** So many failures in a window, and no delays. */
  function budget(limit: Limit, counter: Limiter, key: string, points: number): AttemptSubject {
    return {
      line: `attempts:line:${key}`,
      async state() {
        const failures = await counter.get(key);
        const left = points - (failures?.points ?? 0);
        return { slots: left, closed: [{ limit, forMs: left > 0 ? 0 : (failures?.remainingMs ?? 0) }] };
      },
      failed: async () => void (await counter.penalty(key)),
      succeeded: async () => {},
    };
  }

  return {
    account: (typed, address) => account(accountKey(typed), address),

    address: (address) => budget('address', addresses, limitKey(address), perAddress),

    async device(id) {
      const subject = budget('device', devices, id, DEVICE_FAILURES);
      const { slots } = await subject.state();
      return slots > 0 ? { ...subject, succeeded: () => devices.delete(id) } : null;
    },

    async clear(typed) {
      const name = accountKey(typed);
      await clearings.block(name, windowSeconds);
      await Promise.all([accounts.delete(name), delays.delete(name)]);
    },

    async heldFor(typed) {
      const name = accountKey(typed);
      const closed = closedBy(...(await Promise.all([accounts.get(name), delays.get(name)])));
      return Math.max(...closed.map(({ forMs }) => forMs));
    },
  };
}

/** Of fixed length and harmless, whatever was typed. */
function accountKey(account: string): string {
  return digestText(account.toLowerCase());
}
