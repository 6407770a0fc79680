import { Refusal } from '../kernel/errors.ts';
import { digestText, random } from '../kernel/secret.ts';
import type { KeyValue } from '../store/keyvalue.ts';
import { type Count, type Limiter, rateLimited } from '../store/limiter.ts';
import { limitKey } from './client_address.ts';
import type { Limit, LimitMetrics } from './metrics.ts';

/** Failures of an account that cost no delay; up to one more check than this may be under way at once. */
const FREE_FAILURES = 3;
const MAX_DELAY_SECONDS = 300;
/** Enough to remember which password it was; a thief of the device gets no more. */
export const DEVICE_FAILURES = 5;
/** How long an attempt waits for the outcome of those before it, and how many may wait. */
const PATIENCE_MS = 15_000;
const MAX_WAITING = 100;
/** Waiting and one check: after this, a place in line whose holder died is free again. */
const LEASE_MS = PATIENCE_MS + 30_000;

export interface Attempt {
  /** The name as typed, known or not. Any string: it is lower-cased and hashed before it becomes a key. */
  readonly account: string;
  /** The client's address, from `createClientAddress`. */
  readonly address: string;
  /** The id of a device that the account's owner signed in from before; undefined for everybody else. */
  readonly device?: string | undefined;
  /** Aborted where nobody waits for the outcome any more: who has not had their turn leaves the line. */
  readonly gone?: AbortSignal | undefined;
}

/**
 * The limits on guessing (OWASP Authentication, "Login Throttling"): failures are counted per account, per address
 * and per pair of both, on all replicas together. Every method throws SERVICE_UNAVAILABLE where the store is away.
 */
export interface Attempts {
  /**
   * Runs one credential check. A failed one is counted; a success clears the account's and the pair's failures.
   * Where `check` throws (a store away, OVERLOADED) nothing is counted, and what it threw is thrown on.
   * A known device fails {@link DEVICE_FAILURES} times in a window by itself: whatever stands against account and
   * address does not stop it before, and what it does is not held against them.
   * @throws RATE_LIMITED with `retryAfter`, the check not run and nothing counted.
   */
  guard<T>(attempt: Attempt, check: () => Promise<T>, isFailure: (result: T) => boolean): Promise<T>;
  /** Takes one of the address's attempts, whatever will come of it (`register`). @throws RATE_LIMITED when none is left. */
  spend(address: string): Promise<void>;
  /** Counts one failure of the address and asks nothing (a document refused for its several credential fields). */
  charge(address: string): Promise<void>;
  /** Forgets the failures of an account, from whatever address (`unlockUser`); the addresses keep theirs. */
  clear(account: string): Promise<void>;
  /**
   * The milliseconds in which an account takes no attempt from anywhere but its known devices; 0 where it takes one now.
   */
  heldFor(account: string): Promise<number>;
}

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
interface Standing {
  readonly slots: number;
  readonly closed: readonly Closed[];
}

/** One of the limits is met, and for so long. */
interface Closed {
  readonly limit: Limit;
  readonly forMs: number;
}

/** One of the things that attempts are counted for: the account (with the pair), the address. */
interface Subject {
  readonly line: string;
  standing(): Promise<Standing>;
  failed(): Promise<void>;
  succeeded(): Promise<void>;
}

/**
 * How a thousand parallel guesses get no further than as many in a row, while honest bursts all pass: every attempt
 * first joins the line of its account, THEN reads the failures, and runs while its place is within what the failures
 * leave (four less the failures; then one at a time). A failure is counted BEFORE its place is given up. So each check
 * that was granted earlier is seen by every later attempt, in the line or in the count, never in neither. Those further
 * back wait for the outcomes before them, in order.
 */
export function createAttempts(keyValue: KeyValue, limits: AttemptLimits, metrics?: LimitMetrics): Attempts {
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

  function accountSubject(name: string, address: string): Subject {
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

      async standing() {
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

  const addressSubject = (address: string): Subject =>
    budgetSubject('address', addresses, limitKey(address), perAddress);

  /** So many failures in a window, and no delays. */
  function budgetSubject(limit: Limit, counter: Limiter, key: string, points: number): Subject {
    return {
      line: `attempts:line:${key}`,
      async standing() {
        const failures = await counter.get(key);
        const left = points - (failures?.points ?? 0);
        return { slots: left, closed: [{ limit, forMs: left > 0 ? 0 : (failures?.remainingMs ?? 0) }] };
      },
      failed: async () => void (await counter.penalty(key)),
      succeeded: async () => {},
    };
  }

  /** A known device, while it has something left: it is counted by itself, and its success forgives it. */
  async function deviceSubject(device: string): Promise<Subject | null> {
    const subject = budgetSubject('device', devices, device, DEVICE_FAILURES);
    const { slots } = await subject.standing();
    return slots > 0 ? { ...subject, succeeded: () => devices.delete(device) } : null;
  }

  /**
   * Returns when it is this attempt's turn for every subject, with the way to give up its places. Subjects come in
   * order, account before address: a place in a later line is kept only by whose turn it is in the earlier ones, so
   * that no two attempts wait for each other.
   */
  async function takeTurn(subjects: readonly Subject[], gone?: AbortSignal): Promise<() => Promise<void>> {
    const member = random(12).toString('base64url');
    const leave = async (left = subjects) => {
      // A place that cannot be given up is free again after its lease.
      await Promise.all(left.map(({ line }) => keyValue.leave(line, member))).catch(() => {});
    };
    const askAll = () =>
      Promise.all(
        subjects.map(async ({ line, standing }) => {
          const place = await keyValue.join(line, member, LEASE_MS);
          const { slots, closed } = await standing();
          return { behind: place - slots, closed };
        }),
      );

    const deadline = performance.now() + PATIENCE_MS;
    try {
      for (;;) {
        if (gone?.aborted) throw new Refusal('OVERLOADED');
        const answers = await askAll();
        const longest = answers.flatMap(({ closed }) => closed).reduce((a, b) => (b.forMs > a.forMs ? b : a));
        if (longest.forMs > 0) throw refused(longest);
        const waitsAt = answers.findIndex(({ behind }) => behind > 0);
        if (waitsAt === -1) return leave;

        const behind = answers[waitsAt]?.behind ?? 0;
        if (behind > MAX_WAITING || performance.now() >= deadline) throw refused({ limit: 'line', forMs: 0 });
        await Promise.all([leave(subjects.slice(waitsAt + 1)), pause(behind)]);
      }
    } catch (thrown) {
      await leave();
      throw thrown;
    }
  }

  function refused({ limit, forMs }: Closed): Refusal {
    metrics?.refused(limit);
    return rateLimited(forMs);
  }

  async function guard<T>(
    subjects: readonly Subject[],
    check: () => Promise<T>,
    isFailure: (result: T) => boolean,
    gone?: AbortSignal,
  ): Promise<T> {
    const leave = await takeTurn(subjects, gone);
    let clearing: Promise<unknown> | undefined;
    try {
      const result = await check();
      if (isFailure(result)) {
        // An outcome that could not be counted is not told: guesses would be free while the store is away.
        await Promise.all(subjects.map((subject) => subject.failed()));
      } else {
        // What could not be cleared errs on the strict side; the success stands.
        clearing = Promise.all(subjects.map((subject) => subject.succeeded())).catch(() => {});
      }
      return result;
    } finally {
      await Promise.all([clearing, leave()]);
    }
  }

  return {
    async guard({ account, address, device, gone }, check, isFailure) {
      const known = device === undefined ? null : await deviceSubject(device);
      const strangers = [accountSubject(accountKey(account), address), addressSubject(address)];
      return guard(known ? [known] : strangers, check, isFailure, gone);
    },

    async spend(address) {
      await guard(
        [addressSubject(address)],
        async () => {},
        () => true,
      );
    },

    async charge(address) {
      metrics?.refused('document');
      await addressSubject(address).failed();
    },

    async clear(account) {
      const name = accountKey(account);
      await clearings.block(name, windowSeconds);
      await Promise.all([accounts.delete(name), delays.delete(name)]);
    },

    async heldFor(account) {
      const name = accountKey(account);
      const closed = closedBy(...(await Promise.all([accounts.get(name), delays.get(name)])));
      return Math.max(...closed.map(({ forMs }) => forMs));
    },
  };
}

/** Of fixed length and harmless, whatever was typed. */
function accountKey(account: string): string {
  return digestText(account.toLowerCase());
}

/** Short at the head of the line, longer further back, and never all at once. */
function pause(behind: number): Promise<void> {
  const ms = Math.min(250, 10 * behind) * (0.5 + Math.random());
  return new Promise((resolve) => setTimeout(resolve, ms));
}
