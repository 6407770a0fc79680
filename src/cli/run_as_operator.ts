import type { Config } from '../config/config.ts';
import type { Log } from '../kernel/log.ts';
import type { Hasher } from '../credentials/password/hasher.ts';
import type { Argon2Parameters } from '../credentials/password/stored_hash.ts';
import type { Services } from '../application/foundation/services.ts';
import type { UseCases } from '../application/use_cases.ts';
import type { Invocation } from '../kernel/actor.ts';
import type { Storage } from '../composition/storage.ts';
import { operator } from './operator.ts';
import { note } from './output.ts';

// Imports inside functions take a second to load; `--help` does not need them.

/** The context of a command. */
export interface OperatorServices {
  readonly use: UseCases;
  readonly services: Services;
  readonly config: Config;
  readonly by: Invocation;
}

interface Makes {
  /** Creates a missing embedded database. By default it is an error, because `DATA_DIR` is probably mistyped. */
  readonly makesDatabase?: boolean;
}

/** Runs a command on the server's use cases and stores, so that running servers see its changes. */
export async function runAsOperator<T>(
  work: (operation: OperatorServices) => Promise<T>,
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

/** Runs a command that needs only the database, so it works while Redis is unavailable. */
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

/** Reads the configuration of the environment and `.env`. @throws ConfigurationError */
export async function configuration(): Promise<Config> {
  const { loadEnvironment, readConfig } = await import('../config/config.ts');
  return readConfig(loadEnvironment(process.cwd()));
}

/** Logs to standard error, because standard output has the result. */
async function logToOperator(): Promise<Log> {
  const [{ createLog }, { pino }] = await Promise.all([import('../kernel/log.ts'), import('pino')]);
  return createLog('warn', pino.destination({ dest: 2, sync: true }));
}

/** Hashes in this process. Only a server needs a separate process, so that other requests do not wait. */
function hashHere(parameters: Argon2Parameters): Hasher {
  let made: Promise<Hasher> | undefined;
  const hasher = () =>
    (made ??= import('../credentials/password/hasher.ts').then(({ createHasher }) => createHasher(parameters)));
  return {
    hash: async (password) => (await hasher()).hash(password),
    verify: async (password, stored) => (await hasher()).verify(password, stored),
    status: async () => 'ready',
    decoy() {
      throw new Error('The command line has no sign-in');
    },
  };
}
