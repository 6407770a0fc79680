import { z } from 'zod';

// Every schema here brings its own message: a validator's stock message may quote the value, and that may be a secret.

export const text = (holds: (text: string) => boolean, problem: string) => z.string().refine(holds, problem);

export const parsed = <T>(parse: (text: string) => T | undefined, problem: string) =>
  z.string().transform((text, { addIssue }) => {
    const value = parse(text);
    if (value !== undefined) return value;
    addIssue({ code: 'custom', message: problem });
    return z.NEVER;
  });

export const list = (parse: (entry: string) => string | undefined, problem: string) =>
  z.string().transform((entries, { addIssue }) =>
    entries.split(',').flatMap((entry, index) => {
      const value = parse(entry.trim());
      if (value === undefined) addIssue({ code: 'custom', message: `entry ${index + 1} ${problem}` });
      return value ?? [];
    }),
  );

export const oneOf = <const T extends readonly [string, string, ...string[]]>(...choices: T) =>
  z.enum(choices, { error: `must be one of ${choices.join(', ')}` });

// Number() alone would also take 0x10, 1e3 and blanks.
export const integer = (least: number, most: number) =>
  text(
    (digits) => /^\d+$/.test(digits) && Number(digits) >= least && Number(digits) <= most,
    `must be a whole number from ${least} to ${most}`,
  ).transform(Number);

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
