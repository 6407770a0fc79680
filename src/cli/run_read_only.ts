import type { Config } from '../config/config.ts';
import type { Client } from '../clients/client.entity.ts';
import type { Directory } from '../application/administration/directory.ts';
import type { ListFactors } from '../application/factors/list_factors.ts';
import type { OwnSessions } from '../application/sessions/own_sessions.ts';
import type { Storage } from '../composition/storage.ts';
import { onStorage } from './run_as_operator.ts';

/** The data for commands that only read. Throws SERVICE_UNAVAILABLE without the database. */
export interface ReadServices {
  /** Only `lockedUntil` uses Redis; it throws a plain Error if Redis is unavailable. */
  readonly directory: Pick<Directory, 'user' | 'users' | 'lockedUntil'>;
  readonly sessionsOf: OwnSessions['listOf'];
  readonly factorsOf: ListFactors;
  /** Lists the clients by name. */
  readonly clients: () => Promise<Client[]>;
  readonly client: (id: string) => Promise<Client | null>;
}

/** The time to wait for Redis, which only one field needs. */
const PATIENCE_MS = 3_000;

/** Runs a command that only reads. It needs only the database, so it works while Redis is unavailable. */
export function runReadOnly<T>(work: (consultation: ReadServices) => Promise<T>): Promise<T> {
  return onStorage(async (storage, config) => work(await open(storage, config)));
}

async function open({ database, secrets }: Storage, config: Config): Promise<ReadServices> {
  const [
    { createDirectory },
    { createSessionLists },
    { createListFactors },
    sessionsRoom,
    refreshTokens,
    accessTokens,
    rows,
    { systemClock },
  ] = await Promise.all([
    import('../application/administration/directory.ts'),
    import('../application/sessions/own_sessions.ts'),
    import('../application/factors/list_factors.ts'),
    import('../sessions/sessions.ts'),
    import('../sessions/refresh_token.ts'),
    import('../tokens/access_token.ts'),
    import('../clients/clients.ts'),
    import('../kernel/clock.ts'),
  ]);
  const sessions = sessionsRoom.createSessions(refreshTokens.createRefreshTokens(secrets), {
    ...config.sessions,
    accessTokenSeconds: config.tokens.accessTokenSeconds,
    outlivedSeconds: accessTokens.OUTLIVED_SECONDS,
  });
  const read = { database, sessions, clock: systemClock };
  return {
    directory: createDirectory({
      ...read,
      attempts: { heldFor: (username) => heldFor(username, config) },
      settings: { roles: config.roles },
    }),
    sessionsOf: createSessionLists(read),
    factorsOf: createListFactors(read),
    clients: () => database.run(rows.listClients),
    client: (id) => database.run((db) => rows.findClient(db, id)),
  };
}

/** Returns the milliseconds until the account may try to sign in again. */
async function heldFor(username: string, { store: { redisUrl }, limits }: Config): Promise<number> {
  const [{ openKeyValue }, { createAttempts }] = await Promise.all([
    import('../store/keyvalue/keyvalue.ts'),
    import('../limits/attempts.ts'),
  ]);
  const keyValue = await openKeyValue({ redisUrl, readyTimeoutMs: PATIENCE_MS });
  try {
    return await createAttempts(keyValue, limits).heldFor(username);
  } finally {
    await keyValue.close();
  }
}
