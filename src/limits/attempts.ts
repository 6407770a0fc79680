import { Refusal } from '../kernel/errors.ts';
import { random } from '../kernel/secret.ts';
import type { KeyValue } from '../store/keyvalue/keyvalue.ts';
import { rateLimited } from '../store/keyvalue/limiter.ts';
import { type Limit, LIMITS, type LimitMetrics } from './metrics.ts';
import { type AttemptLimits, type Closed, createAttemptSubjects, type AttemptSubject } from './subjects.ts';

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
   * A known device fails `DEVICE_FAILURES` times in a window by itself: whatever stands against account and
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

/**
 * How a thousand parallel guesses get no further than as many in a row, while honest bursts all pass: every attempt
 * first joins the line of its account, THEN reads the failures, and runs while its place is within what the failures
 * leave (four less the failures; then one at a time). A failure is counted BEFORE its place is given up. So each check
 * that was granted earlier is seen by every later attempt, in the line or in the count, never in neither. Those further
 * back wait for the outcomes before them, in order.
 */
export function createAttempts(keyValue: KeyValue, limits: AttemptLimits, metrics?: LimitMetrics): Attempts {
  const subjects = createAttemptSubjects(keyValue, limits);

  /**
   * Returns when it is this attempt's turn for every subject, with the way to give up its places. Subjects come in
   * order, account before address: a place in a later line is kept only by whose turn it is in the earlier ones, so
   * that no two attempts wait for each other.
   */
  async function takeTurn(counted: readonly AttemptSubject[], gone?: AbortSignal): Promise<() => Promise<void>> {
    const member = random(12).toString('base64url');
    const leave = async (left = counted) => {
      // A place that cannot be given up is free again after its lease.
      await Promise.all(left.map(({ line }) => keyValue.leave(line, member))).catch(() => {});
    };
    const askAll = () =>
      Promise.all(
        counted.map(async ({ line, state }) => {
          const place = await keyValue.join(line, member, LEASE_MS);
          const { slots, closed } = await state();
          return { behind: place - slots, closed };
        }),
      );

    const deadline = performance.now() + PATIENCE_MS;
    try {
      for (;;) {
        if (gone?.aborted) throw new Refusal('OVERLOADED');
        const answers = await askAll();
        const closed = answers.flatMap(({ closed }) => closed).filter(({ forMs }) => forMs > 0);
        if (closed.length > 0) throw refused(gravest(closed), Math.max(...closed.map(({ forMs }) => forMs)));
        const waitsAt = answers.findIndex(({ behind }) => behind > 0);
        if (waitsAt === -1) return leave;

        const behind = answers[waitsAt]?.behind ?? 0;
        if (behind > MAX_WAITING || performance.now() >= deadline) throw refused('line', 0);
        await Promise.all([leave(counted.slice(waitsAt + 1)), pause(behind)]);
      }
    } catch (thrown) {
      await leave();
      throw thrown;
    }
  }

  function refused(limit: Limit, forMs: number): Refusal {
    metrics?.refused(limit);
    return rateLimited(forMs);
  }

  async function guard<T>(
    counted: readonly AttemptSubject[],
    check: () => Promise<T>,
    isFailure: (result: T) => boolean,
    gone?: AbortSignal,
  ): Promise<T> {
    const leave = await takeTurn(counted, gone);
    let clearing: Promise<unknown> | undefined;
    try {
      const result = await check();
      if (isFailure(result)) {
        // An outcome that could not be counted is not told: guesses would be free while the store is away.
        await Promise.all(counted.map((subject) => subject.failed()));
      } else {
        // What could not be cleared errs on the strict side; the success stands.
        clearing = Promise.all(counted.map((subject) => subject.succeeded())).catch(() => {});
      }
      return result;
    } finally {
      await Promise.all([clearing, leave()]);
    }
  }

  return {
    async guard({ account, address, device, gone }, check, isFailure) {
      const known = device === undefined ? null : await subjects.device(device);
      const strangers = [subjects.account(account, address), subjects.address(address)];
      return guard(known ? [known] : strangers, check, isFailure, gone);
    },

    async spend(address) {
      await guard(
        [subjects.address(address)],
        async () => {},
        () => true,
      );
    },

    async charge(address) {
      metrics?.refused('document');
      await subjects.address(address).failed();
    },

    clear: subjects.clear,
    heldFor: subjects.heldFor,
  };
}

/** Short at the head of the line, longer further back, and never all at once. */
function pause(behind: number): Promise<void> {
  const ms = Math.min(250, 10 * behind) * (0.5 + Math.random());
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Several limits may count the same failures, and close within a moment of each other: which of them is told. */
function gravest(closed: readonly Closed[]): Limit {
  return LIMITS.find((limit) => closed.some((one) => one.limit === limit))!;
}
