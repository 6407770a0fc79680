import { Refusal } from '../kernel/errors.ts';
import { random } from '../kernel/secret.ts';
import type { KeyValue } from '../store/keyvalue/keyvalue.ts';
import { rateLimited } from '../store/keyvalue/limiter.ts';
import { type Limit, LIMITS, type LimitMetrics } from './metrics.ts';
import { type AttemptLimits, type Closed, createAttemptSubjects, type AttemptSubject } from './subjects.ts';

/** The milliseconds that an attempt waits for earlier ones, and the most that may wait. */
const PATIENCE_MS = 15_000;
const MAX_WAITING = 100;
/** The milliseconds of the wait and one check; afterwards, the place of a process that died is free again. */
const LEASE_MS = PATIENCE_MS + 30_000;

export interface Attempt {
  /** The name as typed, whether it exists or not. Any string: it is lower-cased and hashed before it becomes a key. */
  readonly account: string;
  /** The client's address from `createClientAddress`. */
  readonly address: string;
  /** The id of a device that the account's user signed in from before; undefined for all others. */
  readonly device?: string | undefined;
  /** Aborted when the client disconnects: an attempt that still waits leaves the line. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Limits on guessing passwords (OWASP Authentication Cheat Sheet, "Login Throttling"). Failures are counted per
 * account, per address and per pair of both, across all replicas. Every method throws SERVICE_UNAVAILABLE if the store
 * is unavailable.
 */
export interface Attempts {
  /**
   * Runs one credential check. A failure is counted; a success clears the failures of the account and of the pair. If
   * `check` throws (a store is unavailable, OVERLOADED), nothing is counted and the error is thrown on. A known device
   * has a separate budget of `DEVICE_FAILURES` in a window: limits of account and address do not stop it, and its
   * failures do not count there.
   * @throws Refusal RATE_LIMITED with `retryAfter`; the check did not run and nothing was counted
   */
  guard<T>(attempt: Attempt, check: () => Promise<T>, isFailure: (result: T) => boolean): Promise<T>;
  /**
   * Runs a check that names no account, such as a passkey: a failure counts for the address alone, or for the known
   * device. @throws as {@link guard}
   */
  guardAddress<T>(
    attempt: Omit<Attempt, 'account'>,
    check: () => Promise<T>,
    isFailure: (result: T) => boolean,
  ): Promise<T>;
  /**
   * Takes one of the address's attempts, whatever its outcome (`register`).
   * @throws Refusal RATE_LIMITED if none is left
   */
  spend(address: string): Promise<void>;
  /** Counts a failure of the address without a check (a document refused for several credential fields). */
  charge(address: string): Promise<void>;
  /** Clears the failures of an account from all addresses (`unlockUser`). The failures of the addresses stay. */
  clear(account: string): Promise<void>;
  /**
   * Returns the milliseconds for which an account accepts attempts only from its known devices; 0 if it accepts them
   * now.
   */
  heldFor(account: string): Promise<number>;
}

/**
 * Creates the limits. Threat: a thousand parallel guesses must get no further than as many in a row, while honest
 * bursts pass. Every attempt first joins the line of its account, then reads the failures, and runs once its place is
 * within the slots that the failures leave (four minus the failures, then one). A failure is counted before its place
 * is given up. So every later attempt sees each earlier check in the line or in the count. The others wait in order.
 */
export function createAttempts(keyValue: KeyValue, limits: AttemptLimits, metrics?: LimitMetrics): Attempts {
  const subjects = createAttemptSubjects(keyValue, limits);

  /**
   * Resolves once it is this attempt's turn for every subject, with a function that gives up its places. Subjects are
   * ordered, account before address. An attempt keeps its place in a later line only while it has its turn in the
   * earlier ones, so that two attempts never wait for each other.
   */
  async function takeTurn(counted: readonly AttemptSubject[], signal?: AbortSignal): Promise<() => Promise<void>> {
    const member = random(12).toString('base64url');
    const leave = async (left = counted) => {
      // A place that could not be given up is free after its lease.
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
        if (signal?.aborted) throw new Refusal('OVERLOADED');
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
    { counted, signal }: { readonly counted: readonly AttemptSubject[]; readonly signal?: AbortSignal | undefined },
    check: () => Promise<T>,
    isFailure: (result: T) => boolean,
  ): Promise<T> {
    const leave = await takeTurn(counted, signal);
    let clearing: Promise<unknown> | undefined;
    try {
      const result = await check();
      if (isFailure(result)) {
        // Threat: while the store is unavailable, guesses would be free. An outcome that could not be counted is not
        // returned.
        await Promise.all(counted.map((subject) => subject.failed()));
      } else {
        // Failures that could not be cleared make the limits stricter; the success stands.
        clearing = Promise.all(counted.map((subject) => subject.succeeded())).catch(() => {});
      }
      return result;
    } finally {
      await Promise.all([clearing, leave()]);
    }
  }

  return {
    async guard({ account, address, device, signal }, check, isFailure) {
      const known = device === undefined ? null : await subjects.device(device);
      const strangers = [subjects.account(account, address), subjects.address(address)];
      return guard({ counted: known ? [known] : strangers, signal }, check, isFailure);
    },

    async guardAddress({ address, device, signal }, check, isFailure) {
      const known = device === undefined ? null : await subjects.device(device);
      return guard({ counted: [known ?? subjects.address(address)], signal }, check, isFailure);
    },

    async spend(address) {
      await guard(
        { counted: [subjects.address(address)] },
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

/**
 * Waits briefly at the head of the line and longer further back, with a random part so that attempts do not poll at
 * once.
 */
function pause(behind: number): Promise<void> {
  const ms = Math.min(250, 10 * behind) * (0.5 + Math.random());
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Returns the most severe of the limits that are met. Several limits may count the same failures. */
function gravest(closed: readonly Closed[]): Limit {
  return LIMITS.find((limit) => closed.some((one) => one.limit === limit))!;
}
