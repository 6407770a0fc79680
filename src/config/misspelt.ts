import { secretVariables, Variables } from './variables.ts';

const KNOWN: readonly string[] = [...Object.keys(Variables.shape), ...secretVariables.map((name) => `${name}_FILE`)];
const KNOWN_SET = new Set(KNOWN);
/** OpenTelemetry's SDK reads many variables of its own. */
const OTHERS = /^OTEL_/;
/** One typing error is tolerated for this many letters of a name. */
const LETTERS_OF_SLIP = 4;
const MOST_SLIPS = 3;

/**
 * Returns a warning for each name that was probably meant as a variable: a misspelt setting has no effect, and nothing
 * else shows that. A warning begins with the name and contains no value.
 */
export function misspeltWarnings(environment: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(environment).flatMap(([name, value]) => {
    if (!value || KNOWN_SET.has(name) || OTHERS.test(name)) return [];
    const meant = closest(name.toUpperCase().replace(/IES$/, 'Y'));
    return meant === undefined
      ? []
      : [`${name}: is not a Gatehouse variable and has no effect. Did you mean ${meant}?`];
  });
}

function closest(name: string): string | undefined {
  const near = KNOWN.map((known) => ({ known, slips: slipsBetween(name, known) }))
    .filter(({ known, slips }) => slips <= Math.min(MOST_SLIPS, Math.floor(known.length / LETTERS_OF_SLIP)))
    .toSorted((one, other) => one.slips - other.slips);
  // Also a truncated name: JWT_SECRET for JWT_SECRET_KEY.
  return near[0]?.known ?? (name.includes('_') ? KNOWN.find((known) => known.startsWith(`${name}_`)) : undefined);
}

/**
 * Returns the Damerau-Levenshtein distance (optimal string alignment): letters left out, added, replaced, or swapped.
 */
function slipsBetween(one: string, other: string): number {
  let [beforeLast, last]: number[][] = [[], Array.from({ length: other.length + 1 }, (_, at) => at)];
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const differs = one[row - 1] === other[column - 1] ? 0 : 1;
      const swapped = row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      current[column] = Math.min(
        last![column]! + 1,
        current[column - 1]! + 1,
        last![column - 1]! + differs,
        swapped ? beforeLast![column - 2]! + 1 : Infinity,
      );
    }
    [beforeLast, last] = [last, current];
  }
  return last!.at(-1)!;
}
