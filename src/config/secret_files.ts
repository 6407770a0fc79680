import { readFileSync } from 'node:fs';
import type { ReportFault } from '../kernel/variables.ts';
import { secretVariables, type Variable } from './variables.ts';

/** The variables that are set, not validated yet. */
export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

/** Returns the variables that are set. The text of the file in `NAME_FILE` becomes the value of `NAME`. */
export function withSecretFiles(
  environment: EnvironmentVariables,
  readSecret: (path: string) => string,
  report: ReportFault,
): EnvironmentVariables {
  const settings: Record<string, string | undefined> = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value),
  );
  for (const name of secretVariables) {
    const path = settings[`${name}_FILE`];
    if (path === undefined) continue;
    if (settings[name] !== undefined) {
      report(`${name}_FILE`, `${name} is set too; keep one of the two`);
      continue;
    }
    try {
      const secret = readSecret(path).replace(/\r?\n$/, '');
      if (secret === '') report(`${name}_FILE`, 'the file is empty');
      else settings[name] = secret;
    } catch (error) {
      // The path is not shown: if someone mixed up the two names, it is the secret.
      report(`${name}_FILE`, `cannot be read (${codeOf(error)})`);
    }
  }
  return settings;
}

/** Returns whether a variable is set, directly or by a file. */
export function isGiven(settings: EnvironmentVariables, name: Variable): boolean {
  return (settings[name] ?? settings[`${name}_FILE`]) !== undefined;
}

/**
 * Returns the text of a file.
 * @throws TypeError if it is not UTF-8: a key of raw bytes would lose most of its randomness
 */
export function readText(path: string): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
}

/** Returns the reason why a file could not be read, as a code. */
export function codeOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
  return code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'not UTF-8 text' : code;
}
