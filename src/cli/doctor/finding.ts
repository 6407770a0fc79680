import { Refusal } from '../../kernel/errors.ts';
import { within } from '../../kernel/within.ts';

/** What one look at something found. */
export interface Finding {
  readonly check: string;
  /** `note`: nothing is wrong, and it is worth knowing. */
  readonly state: 'ok' | 'note' | 'warn' | 'fail';
  readonly says: string;
  /** What to do about it. */
  readonly todo?: string;
}

/** One look: what it finds is told, whatever it throws is a finding too, and no other look waits for it. */
export interface Look {
  readonly check: string;
  /** The variables it goes by: where one of them cannot be used, it is left out. */
  readonly needs: readonly string[];
  /** What to do where it throws, or does not answer. */
  readonly otherwise?: (error: unknown) => string;
  run(): Promise<readonly Finding[]>;
}

const PATIENCE_MS = 20_000;

/** Looks at everything at the same time; the findings are in the order of the looks. */
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
    return await within(PATIENCE_MS, run());
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

/** Clocks that differ by less are nobody's trouble; one that jumped by two minutes is allowed for, and no more. */
const [UNEQUAL_MS, WRONG_MS] = [5_000, 60_000];

/** @param theirs their time, read halfway between two of ours; all in milliseconds since the epoch */
export function compareClocks(check: string, theirs: number, before: number, after: number): Finding {
  const off = Math.round(theirs - (before + after) / 2);
  const apart = Math.max(0, Math.abs(off) - (after - before) / 2);
  const says = `its clock is ${(Math.abs(off) / 1000).toFixed(1)} s ${off < 0 ? 'behind' : 'ahead of'} this machine's`;
  if (apart < UNEQUAL_MS) return { check, state: 'ok', says };
  const todo = 'Synchronise every machine by NTP: tokens and limits depend on the time.';
  return { check, state: apart < WRONG_MS ? 'warn' : 'fail', says, todo };
}
