import { digestText } from '../kernel/secret.ts';
import type { KeyValue } from '../store/keyvalue/keyvalue.ts';
import type { LimitCount, Limiter } from '../store/keyvalue/limiter.ts';
import { limitKey } from './client_address.ts';
import type { Limit } from './metrics.ts';

/** Failures of an account without a delay. One check more than this may run at once. */
const FREE_FAILURES = 3;
const MAX_DELAY_SECONDS = 300;
/** Enough tries for a user who forgot which password it was, and the most that a thief of the device gets. */
export const DEVICE_FAILURES = 5;

export interface AttemptLimits {
  /** Failures of one account, also from a single address, until it is locked. */
  readonly perAccount: number;
  readonly perAddress: number;
  /** The window in seconds, from the first failure. */
  readonly windowSeconds: number;
}

/** Returns the seconds for which an account accepts no attempt after its nth failure. */
export function delayAfter(failures: number): number {
  return failures <= FREE_FAILURES ? 0 : Math.min(MAX_DELAY_SECONDS, 2 ** (failures - FREE_FAILURES - 1));
}

/** The number of checks that may run at once, and the limits that are met. */
interface AttemptState {
  readonly slots: number;
  readonly closed: readonly Closed[];
}

/** A limit that is met, and the milliseconds until it ends. */
export interface Closed {
  readonly limit: Limit;
  readonly forMs: number;
}

/** One of the subjects of an attempt: the account (with the pair) or the address. */
export interface AttemptSubject {
  readonly line: string;
  state(): Promise<AttemptState>;
  failed(): Promise<void>;
  succeeded(): Promise<void>;
}

/** The subjects that attempts are counted for. Every method throws SERVICE_UNAVAILABLE if the store is unavailable. */
export interface AttemptSubjects {
  /** Returns the subject of an account by its name as typed, with the pair of account and address. */
  account(name: string, address: string): AttemptSubject;
  /**
   * Returns the subject of an address, or of its network for IPv6: a number of failures in a window, without delays.
   */
  address(address: string): AttemptSubject;
  /**
   * Returns the subject of a known device, which has counts of its own that its success clears. Null if it has no tries
   * left.
   */
  device(id: string): Promise<AttemptSubject | null>;
  /** Clears the failures of an account. The failures of its pairs are cleared when they are read next. */
  clear(name: string): Promise<void>;
  /** Returns the milliseconds for which the account's own failures lock it. */
  heldFor(name: string): Promise<number>;
}

/** A number of failures that a counter allows. */
interface Budget {
  readonly counter: Limiter;
  readonly points: number;
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

  /** Returns the limits of an account, and how long its own failures lock it. */
  function closedBy(failures: LimitCount | undefined, delay: LimitCount | undefined): readonly Closed[] {
    return [
      { limit: 'delay', forMs: delay?.remainingMs ?? 0 },
      { limit: 'account', forMs: failures && failures.points >= perAccount ? failures.remainingMs : 0 },
    ];
  }

  function account(name: string, address: string): AttemptSubject {
    const pair = `${name}:${limitKey(address)}`;

    /** Returns the pair's failures. Failures from before the account was cleared are deleted here. */
    async function pairFailures() {
      const failures = await pairs.get(pair);
      if (!failures) return undefined;
      const cleared = await clearings.get(name);
      // Both last for one window: the one that ends first began first.
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
        // The delay ends with the window: expired failures must not delay an attempt.
        const delay = Math.min(delayAfter(points), Math.ceil(remainingMs / 1000));
        if (delay > 0) await delays.block(name, delay);
      },

      async succeeded() {
        await Promise.all([accounts.delete(name), delays.delete(name), pairs.delete(pair)]);
      },
    };
  }

  /** Returns a subject with a number of failures in a window, without delays. */
  function budget(limit: Limit, key: string, { counter, points }: Budget): AttemptSubject {
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

    address: (address) => budget('address', limitKey(address), { counter: addresses, points: perAddress }),

    async device(id) {
      const subject = budget('device', id, { counter: devices, points: DEVICE_FAILURES });
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

/** Returns a key of fixed length and safe characters, for any input. */
function accountKey(account: string): string {
  return digestText(account.toLowerCase());
}
