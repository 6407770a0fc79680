import { Refusal } from '../../kernel/errors.ts';
import { withTimeout } from '../../kernel/timeouts.ts';

/** A result of a check. */
export interface Finding {
  readonly check: string;
  /** `note`: information, not a fault. */
  readonly state: 'ok' | 'note' | 'warn' | 'fail';
  readonly says: string;
  /** The advice to the operator. */
  readonly todo?: string;
}

/** One independent check. An error that it throws becomes a finding. */
export interface Look {
  readonly check: string;
  /** The variables that the check uses. If one is invalid, the check is skipped. */
  readonly needs: readonly string[];
  /** Returns the advice for a check that throws or times out. */
  readonly otherwise?: (error: unknown) => string;
  run(): Promise<readonly Finding[]>;
}

const PATIENCE_MS = 20_000;

/** Runs all checks at once; the findings are in the order of the checks. */
export async function lookAtAll(looks: readonly Look[], unusable: ReadonlySet<string>): Promise<Finding[]> {
  const found = await Promise.all(looks.map((look) => lookAt(look, unusable)));
  return found.flat();
}

async function lookAt(
  { check, needs, otherwise, run }: Look,
  unusable: ReadonlySet<string>,
): Promise<readonly Finding[]> {
  const missing = needs.filter((name) => unusable.has(name) || unusable.has(`${name}_FILE`));
  if (missing.length > 0)
    return [
      {
        check,
        state: 'note',
        says: `not checked: ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} invalid`,
      },
    ];
  try {
    return await withTimeout(PATIENCE_MS, run());
  } catch (error) {
    const says = reasonOf(error);
    return [{ check, state: 'fail', says, ...(otherwise === undefined ? {} : { todo: otherwise(error) }) }];
  }
}

/** Returns an error's message, or that of its cause where the error itself says too little for an operator. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return isBare(error) && cause !== undefined
    ? reasonOf(cause)
    : error.message || (error as NodeJS.ErrnoException).code || error.name;
}

/** Returns whether an error leaves its cause unsaid: a store that is away, and `fetch`, which throws a bare TypeError. */
function isBare(error: Error): boolean {
  return error instanceof TypeError || (error instanceof Refusal && error.kind === 'SERVICE_UNAVAILABLE');
}

/** Smaller differences do no harm; larger ones warn, and those beyond the second limit fail. */
const [UNEQUAL_MS, WRONG_MS] = [5_000, 60_000];

/** @param theirs their time, read between our times `before` and `after`; all in milliseconds since the epoch */
export function compareClocks(
  check: string,
  theirs: number,
  [before, after]: readonly [before: number, after: number],
): Finding {
  const off = Math.round(theirs - (before + after) / 2);
  const apart = Math.max(0, Math.abs(off) - (after - before) / 2);
  const says = `its clock is ${(Math.abs(off) / 1000).toFixed(1)} s ${off < 0 ? 'behind' : 'ahead of'} this machine's`;
  if (apart < UNEQUAL_MS) return { check, state: 'ok', says };
  const todo = 'Synchronise every machine by NTP: tokens and limits depend on the time.';
  return { check, state: apart < WRONG_MS ? 'warn' : 'fail', says, todo };
}
