import { z } from 'zod';

/**
 * Schemas for environment variables. Every schema has a message of its own. Threat: a validator's stock message may
 * quote the value, which may be a secret.
 */

/** The variables of a room: text in, value out. */
export type VariableShape = Readonly<Record<string, z.ZodType<unknown, string | undefined>>>;

/** The values of the variables of a room. */
export type Values<T extends VariableShape> = { readonly [name in keyof T]: z.output<T[name]> };

/** The values that are valid; those of faulty variables are missing. */
export type ReadValues<T extends VariableShape> = Partial<Values<T>>;

/** Reports one fault, without the value, which may be a secret. */
export type ReportFault = (name: string, problem: string, code?: 'MISSING') => void;

const secrets = new WeakSet<z.ZodType>();

/** Marks a variable as secret: its value is never shown, and may be read from a file (`NAME_FILE`). */
export function secret<T extends z.ZodType>(schema: T): T {
  secrets.add(schema);
  return schema;
}

/** Returns whether a variable is marked as secret. */
export const isSecret = (schema: z.ZodType): boolean => secrets.has(schema);

/**
 * Returns the schema of a text for which `holds` is true.
 * @param problem the message for other texts
 */
export const text = (holds: (text: string) => boolean, problem: string) => z.string().refine(holds, problem);

/**
 * Returns the schema of a text that `parse` reads.
 * @param problem the message for a text for which `parse` returns undefined
 */
export const parsed = <T>(parse: (text: string) => T | undefined, problem: string) =>
  z.string().transform((text, { addIssue }) => {
    const value = parse(text);
    if (value !== undefined) return value;
    addIssue({ code: 'custom', message: problem });
    return z.NEVER;
  });

/**
 * Returns the schema of a comma-separated list.
 * @param problem the message for an entry for which `parse` returns undefined; it follows the entry's number
 */
export const list = (parse: (entry: string) => string | undefined, problem: string) =>
  z.string().transform((entries, { addIssue }) =>
    entries.split(',').flatMap((entry, index) => {
      const value = parse(entry.trim());
      if (value === undefined) addIssue({ code: 'custom', message: `entry ${index + 1} ${problem}` });
      return value ?? [];
    }),
  );

/** Returns the schema of one of several texts. */
export const oneOf = <const T extends readonly [string, string, ...string[]]>(...choices: T) =>
  z.enum(choices, { error: `must be one of ${choices.join(', ')}` });

/**
 * Returns the schema of a whole number within bounds, both included. `Number()` alone would also accept `0x10`, `1e3`
 * and blanks.
 */
export const integer = (least: number, most: number) =>
  text(
    (digits) => /^\d+$/.test(digits) && Number(digits) >= least && Number(digits) <= most,
    `must be a whole number from ${least} to ${most}`,
  ).transform(Number);

/** Returns the value of a JSON text, or undefined if it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A secret key of at least 32 bytes. */
export const key = text(
  (value) => Buffer.byteLength(value) >= 32,
  'must have at least 32 bytes. Generate it with: openssl rand -hex 32',
).refine(
  // The tutorial's placeholder is public, although it is long enough for a key.
  (value) => value !== 'your-64-character-hex-secret-here',
  "is the tutorial's placeholder. Generate a key with: openssl rand -hex 32",
);
