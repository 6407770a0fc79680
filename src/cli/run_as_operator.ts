import type { Config } from '../config/config.ts';
import type { Log } from '../kernel/log.ts';
import type { Hasher } from '../credentials/password/hasher.ts';
import type { Argon2Parameters } from '../credentials/password/stored_hash.ts';
import type { Services } from '../application/foundation/services.ts';
import type { UseCases } from '../application/use_cases.ts';
import type { Storage } from '../composition/storage.ts';
import { type Operator, operator } from './operator.ts';
import { note } from './output.ts';

// What is imported inside of functions takes a second to load: `--help` does without.

/** What a command works with. */
export interface Operation {
  readonly use: UseCases;
  readonly services: Services;
  readonly config: Config;
  readonly by: Operator;
}

interface Makes {
  /** Whether an embedded database is made where there is none: elsewhere `DATA_DIR` is mistyped, more likely. */
  readonly makesDatabase?: boolean;
}

/** Runs a command on the use cases that the server has, over the same stores: running servers hear of what it changes. */
export async function operate<T>(
  work: (operation: Operation) => Promise<T>,
  { makesDatabase = false }: Makes = {},
): Promise<T> {
  const [config, { openServices }, { createUseCases }, { systemClock }] = await Promise.all([
    configuration(),
    import('../composition/services.ts'),
    import('../application/use_cases.ts'),
    import('../kernel/clock.ts'),
  ]);
  const { services, close } = await openServices(config, {
    log: await logToOperator(),
    clock: systemClock,
    hasher: hashHere(config.hashing),
    onlyExisting: !makesDatabase,
  });
  try {
    return await work({ use: createUseCases(services), services, config, by: operator() });
  } finally {
    await close();
  }
}

/** Runs a command that needs the database alone, and so does its work with Redis away. */
export async function onStorage<T>(
  work: (storage: Storage, config: Config) => Promise<T>,
  { makesDatabase = false }: Makes = {},
): Promise<T> {
  const [config, { openStorage }] = await Promise.all([configuration(), import('../composition/storage.ts')]);
  const storage = await openStorage(config, { onlyExisting: !makesDatabase, onNotice: note });
  try {
    return await work(storage, config);
  } finally {
    await storage.close();
  }
}

/** The environment's, or `.env`'s. Throws ConfigurationError. */
export async function configuration(): Promise<Config> {
  const { loadEnvironment, readConfig } = await import('../config/config.ts');
  return readConfig(loadEnvironment(process.cwd()));
}

/** Standard output is the command's answer. */
async function logToOperator(): Promise<Log> {
  const [{ createLog }, { pino }] = await Promise.all([import('../kernel/log.ts'), import('pino')]);
  return createLog('warn', pino.destination({ dest: 2, sync: true }));
}

/** A server hashes in a process of its own, for the sake of those who wait beside; here nobody does. */
function hashHere(parameters: Argon2Parameters): Hasher {
  let made: Promise<Hasher> | undefined;
  const hasher = () =>
    (made ??= import('../credentials/password/hasher.ts').then(({ createHasher }) => createHasher(parameters)));
  return {
    hash: async (password) => (await hasher()).hash(password),
    verify: async (password, stored) => (await hasher()).verify(password, stored),
    standing: async () => 'ready',
    decoy() {
      throw new Error('Nobody signs in at the command line');
    },
  };
}
