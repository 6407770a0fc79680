import { type Origin, record } from '../../audit/audit.ts';
import type { Session as Db } from '../../store/database/database.ts';
import type { User } from '../../users/user.entity.ts';
import type { Effects } from '../foundation/unit_of_work.ts';
import type { Parts } from '../foundation/services.ts';

/** The change that a session is opened in. */
export interface Opening {
  readonly effects: Effects;
  readonly origin: Origin;
  readonly at: Date;
}

/**
 * Makes room for a session that is about to be opened, under the account's lock: ends and audits those beyond
 * `SESSIONS_PER_ACCOUNT`. Threat: a script that signs in and never out would leave rows without end.
 */
export async function makeRoom(
  { sessions }: Pick<Parts, 'sessions'>,
  { db, user }: { readonly db: Db; readonly user: User },
  { effects, origin, at }: Opening,
): Promise<void> {
  const ended = await sessions.makeRoom(db, user.id, at);
  if (ended.length === 0) return;
  effects.denySessions(ended);
  const detail = { sessionsEnded: ended.length, by: 'limit' };
  record(db, { type: 'session.ended', actor: null, subject: user.username, detail }, origin, at);
}
