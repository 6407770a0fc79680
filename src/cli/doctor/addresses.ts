import { type Database, query } from '../../store/database/database.ts';
import type { Finding } from './finding.ts';

/** The most accounts that are named. */
const NAMED = 20;

/**
 * Names the accounts whose e-mail address has no key, because another account has a spelling of the same address. They
 * cannot sign in by their address, and cannot verify it.
 */
export async function lookAtAddresses(database: Pick<Database, 'run'>): Promise<Finding[]> {
  const rows = await database.run((db) =>
    query<{ username: string }>(
      db,
      `select username from users where email is not null and email_key is null order by username limit ?`,
      [NAMED + 1],
    ),
  );
  const check = 'addresses';
  if (rows.length === 0) return [{ check, state: 'ok', says: 'every account has an e-mail address of its own' }];
  const names = rows.slice(0, NAMED).map(({ username }) => username);
  const says =
    `${names.join(', ')}${rows.length > NAMED ? ' and others' : ''}: the e-mail address is another spelling of the ` +
    'address of another account';
  const todo = 'Give one of the two accounts another address: until then, these cannot sign in by their address.';
  return [{ check, state: 'warn', says, todo }];
}
