import { availableParallelism } from 'node:os';
import { integer, parsed, type ReadValues, type ReportFault, type Values } from '../../kernel/variables.ts';
import type { BreachSources } from './breached/breached_passwords.ts';
import type { HashingOptions } from './hashing_pool.ts';

/** The variables of password hashing. */
export const passwordVariables = {
  // Limits against typing errors, which could turn every login into minutes of work or terabytes of memory.
  ARGON2_MEMORY_KIB: integer(8, 4_194_304).default(65_536),
  ARGON2_TIME_COST: integer(1, 100).default(3),
  ARGON2_PARALLELISM: integer(1, 64).default(4),
  // Each concurrent hash takes ARGON2_MEMORY_KIB. More of them than cores makes none faster.
  HASH_AT_ONCE: integer(1, 256).optional(),
  HASH_QUEUE: integer(1, 100_000).default(64),
  // At most 25: an account's place in its line lasts 45 seconds, including this wait and the hash.
  HASH_DEADLINE_SECONDS: integer(1, 25).default(10),
  BREACHED_PASSWORDS: parsed(
    breachSources,
    'must be the path of a file, the http(s) address of a range service without user and query, or ADDRESS,FILE',
  ).optional(),
};

const ADDRESS = /^https?:\/\//i;

/** Reads the sources of breached passwords: a range service, a file, or a service and the file that stands in for it. */
function breachSources(text: string): BreachSources | undefined {
  if (!ADDRESS.test(text)) return { service: undefined, file: text };
  const [address = '', ...rest] = text.split(',');
  const file = rest.join(',').trim();
  if ((rest.length > 0 && file === '') || ADDRESS.test(file)) return undefined;
  if (!/^[^\s?#@\\]+$/.test(address) || !URL.canParse(address)) return undefined;
  return { service: address, file: file === '' ? undefined : file };
}

/** Returns the sources of breached passwords; null if there are none. */
export function breachSettings(values: Values<typeof passwordVariables>): BreachSources | null {
  return values.BREACHED_PASSWORDS ?? null;
}

export function hashingSettings(values: Values<typeof passwordVariables>): HashingOptions {
  return {
    memoryKib: values.ARGON2_MEMORY_KIB,
    timeCost: values.ARGON2_TIME_COST,
    parallelism: values.ARGON2_PARALLELISM,
    atOnce: values.HASH_AT_ONCE ?? availableParallelism(),
    queue: values.HASH_QUEUE,
    deadlineSeconds: values.HASH_DEADLINE_SECONDS,
  };
}

/**
 * Reports parameters below the minimum: OWASP Password Storage Cheat Sheet, Argon2id (memory for each number of
 * passes), and RFC 9106 section 3.1 (memory for each lane).
 * @param isTest true turns OWASP's minimum off
 */
export function refuseWeakHashing(
  values: ReadValues<typeof passwordVariables>,
  isTest: boolean,
  report: ReportFault,
): void {
  const { ARGON2_MEMORY_KIB: memory, ARGON2_TIME_COST: passes, ARGON2_PARALLELISM: lanes } = values;
  if (memory === undefined || passes === undefined || lanes === undefined) return;
  if (!isTest && memory < (passes >= 2 ? 19_456 : 47_104)) {
    report('ARGON2_MEMORY_KIB', "is below OWASP's minimum: 19456 with ARGON2_TIME_COST of 2 or more, 47104 with 1");
  }
  if (memory < 8 * lanes) report('ARGON2_MEMORY_KIB', 'must be at least 8 times ARGON2_PARALLELISM');
}
