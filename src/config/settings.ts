import { readFileSync } from 'node:fs';
import { secretVariables, type Variable } from './variables.ts';

export type Setting = Variable | `${(typeof secretVariables)[number]}_FILE`;
/** What is set, by name: nothing of it is checked yet. */
export type Settings = { [name in Setting]?: string };
/** Tells of one fault. Never with the value: that may be a secret. */
export type Report = (name: Setting, problem: string, code?: FaultCode) => void;
export type FaultCode = 'MISSING';

/** What of the environment is set, with the texts of the files that `NAME_FILE` names in place of `NAME`. */
export function withSecretFiles(
  environment: Readonly<Record<string, string | undefined>>,
  readSecret: (path: string) => string,
  report: Report,
): Settings {
  const settings: Settings = Object.fromEntries(Object.entries(environment).filter(([, value]) => value));
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
      // The path stays out: where someone mixed up the two names, it is the secret.
      report(`${name}_FILE`, `cannot be read (${codeOf(error)})`);
    }
  }
  return settings;
}

/** Whether a variable is set, itself or by a file. */
export function isGiven(settings: Settings, name: (typeof secretVariables)[number]): boolean {
  return (settings[name] ?? settings[`${name}_FILE`]) !== undefined;
}

/** Text that is not UTF-8 is refused: a key of raw bytes, decoded anyway, would lose most of its randomness. */
export function readText(path: string): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
}

/** Why a file could not be read, in a word. */
export function codeOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
  return code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'not UTF-8 text' : code;
}
