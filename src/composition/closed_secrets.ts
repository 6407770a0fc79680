import type { Log } from '../kernel/log.ts';
import type { Database } from '../store/database/database.ts';
import { countOtherTotpKeys } from '../credentials/totp/rewrap.ts';

/**
 * Logs at the start that authenticator secrets cannot be opened. The server starts all the same: after a leak of
 * `JWT_SECRET_KEY`, the accounts without an authenticator must not wait for it.
 */
export async function reportClosedSecrets(
  database: Pick<Database, 'run'>,
  secrets: readonly string[],
  log: Log,
): Promise<void> {
  const { unknown: accounts } = await countOtherTotpKeys(database, secrets);
  if (accounts === 0) return;
  log.error(
    { accounts },
    'authenticator apps cannot sign in: their secrets were stored with another JWT_SECRET_KEY. ' +
      'Run "keys rewrap" with the old secret as JWT_SECRET_KEY_PREVIOUS',
  );
}
