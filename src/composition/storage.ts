import { AuditEventEntity } from '../audit/audit_event.entity.ts';
import { AuthorizationCodeEntity } from '../clients/authorization_code.entity.ts';
import { ClientEntity } from '../clients/client.entity.ts';
import type { Config } from '../config/config.ts';
import { openAll } from '../kernel/closers.ts';
import { SessionEntity } from '../sessions/session.entity.ts';
import { holdsDatabase, openDataDir } from '../store/database/data_dir.ts';
import { type Database, type DatabaseOptions, openDatabase } from '../store/database/database.ts';
import { RevocationEntity } from '../tokens/revocation.entity.ts';
import { SigningKeyEntity } from '../keys/signing_key.entity.ts';
import { UserEntity } from '../users/user.entity.ts';

/** Every room's tables. */
export const ENTITIES = [
  UserEntity,
  SessionEntity,
  RevocationEntity,
  SigningKeyEntity,
  AuditEventEntity,
  ClientEntity,
  AuthorizationCodeEntity,
];

/** What outlives the process: the database, and the secrets that its rows are tied to. */
export interface Storage {
  readonly database: Database;
  /** `JWT_SECRET_KEY`, then the previous one while it is being replaced. */
  readonly secrets: readonly string[];
  close(): Promise<void>;
}

export interface StorageOptions {
  readonly pglite?: DatabaseOptions['pglite'] | undefined;
  /** Refuses to make an embedded database: in a folder that was mistyped an empty one would answer. */
  readonly onlyExisting?: boolean | undefined;
  /** Called every few seconds with what the opening waits for, and with what an operator should set. */
  readonly onNotice?: ((words: string) => void) | undefined;
  /** Ends the opening, wherever it waits. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens what a configuration names: the server's, or a command's that works on it. An embedded database takes one
 * process. Throws a plain Error, fit for an operator, where it cannot; nothing is left open then.
 */
export async function openStorage(config: Config, options: StorageOptions = {}): Promise<Storage> {
  const { pglite, onlyExisting, onNotice, signal } = options;
  const { databaseUrl: url, dataDir } = config.store;
  if (onlyExisting && url === undefined && !holdsDatabase(dataDir)) {
    throw new Error(`DATA_DIR: there is no database in ${dataDir}. Start the server or run "migrate" to create one`);
  }
  return openAll(async (opened) => {
    const folder = url === undefined ? openDataDir(dataDir) : undefined;
    if (folder) opened.defer(folder.release);
    // The configuration asks for a key wherever there is no folder to make one in.
    const { key = folder!.secret(), previous } = config.secret;
    const database = await openDatabase({
      url,
      dataDir,
      entities: ENTITIES,
      onNotice,
      signal,
      ...(pglite ? { pglite } : {}),
    });
    opened.defer(() => database.close());
    return { database, secrets: [key, ...(previous === undefined ? [] : [previous])], close: opened.close };
  });
}
