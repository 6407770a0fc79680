import { AuditEventEntity } from '../audit/audit_event.entity.ts';
import { ClientEntity } from '../clients/client.entity.ts';
import type { Config } from '../config/config.ts';
import { RecoveryCodeEntity } from '../credentials/recovery/recovery_code.entity.ts';
import { TotpSecretEntity } from '../credentials/totp/totp_secret.entity.ts';
import { PasskeyEntity } from '../credentials/webauthn/passkey.entity.ts';
import { openAll } from '../kernel/closers.ts';
import { ProofEntity } from '../proofs/proof.entity.ts';
import { MailEntity } from '../mail/mail.entity.ts';
import { SessionEntity } from '../sessions/session.entity.ts';
import { holdsDatabase, openDataDir } from '../store/database/data_dir.ts';
import { type Database, type DatabaseOptions, openDatabase } from '../store/database/database.ts';
import { RevocationEntity } from '../tokens/revocation.entity.ts';
import { SigningKeyEntity } from '../keys/signing_key.entity.ts';
import { UserEntity } from '../users/user.entity.ts';

/** The tables of all rooms. */
export const ENTITIES = [
  UserEntity,
  SessionEntity,
  RevocationEntity,
  SigningKeyEntity,
  AuditEventEntity,
  ClientEntity,
  ProofEntity,
  MailEntity,
  TotpSecretEntity,
  RecoveryCodeEntity,
  PasskeyEntity,
];

/** The persistent state: the database, and the secrets that its rows depend on. */
export interface Storage {
  readonly database: Database;
  /** `JWT_SECRET_KEY`, then the previous one while it is being replaced. */
  readonly secrets: readonly string[];
  close(): Promise<void>;
}

export interface StorageOptions {
  readonly pglite?: DatabaseOptions['pglite'] | undefined;
  /**
   * Refuses to create an embedded database. Threat: with a mistyped folder, a command would work on a new, empty
   * database.
   */
  readonly onlyExisting?: boolean | undefined;
  /** Called every few seconds with the reason why the opening waits, and once with advice for an operator. */
  readonly onNotice?: ((words: string) => void) | undefined;
  /** Cancels the opening at any point. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens the storage of a configuration, for the server or for a command. An embedded database supports one process.
 * @throws Error for an operator if it cannot be opened; nothing is left open
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
    // The configuration requires a key if there is no folder to generate one in.
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
