import { median, spread } from './statistics.ts';

/** One line of the table. */
export interface Figure {
  readonly name: string;
  readonly measured: string;
  /** The target of the design; absent without a target. */
  readonly wanted?: string;
  /** True if the target is reached; absent without a target or a measurement. */
  readonly reached?: boolean;
  /** The peak memory of the measured process tree. */
  readonly memory?: string;
  /** All values that the line was computed from, for `results/`. */
  readonly samples?: unknown;
}

export interface Wanted {
  readonly text: string;
  holds(value: number): boolean;
}

export const atLeast = (limit: number): Wanted => ({ text: `>= ${limit}`, holds: (value) => value >= limit });

export const atMost = (limit: number, unit = ''): Wanted => ({
  text: `<= ${limit}${unit}`,
  holds: (value) => value <= limit,
});

export interface FigureOptions {
  readonly digits?: number;
  readonly unit?: string;
  readonly wanted?: Wanted;
  readonly memoryKib?: number;
  readonly samples?: unknown;
}

/** Makes a line from the values of all rounds: the median, between the least and the most. */
export function figure(name: string, values: readonly number[], options: FigureOptions = {}): Figure {
  const { digits = 2, unit = '', wanted, memoryKib, samples } = options;
  const told = values.every(Number.isFinite);
  return {
    name,
    measured: told ? `${spread(values, digits)}${unit}` : 'not measured: this system does not tell',
    ...(wanted && { wanted: wanted.text }),
    ...(wanted && told && { reached: wanted.holds(median(values)) }),
    ...(memoryKib !== undefined && Number.isFinite(memoryKib) && { memory: mebibytes(memoryKib) }),
    ...(samples !== undefined && { samples }),
  };
}

/** Makes a line with the reason for a missing number. */
export function leftOut(name: string, why: string): Figure {
  return { name, measured: `not measured: ${why}` };
}

function mebibytes(kib: number): string {
  return `${Math.round(kib / 1024)} MiB`;
}
