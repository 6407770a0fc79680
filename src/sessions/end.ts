import { query, type Db } from '../store/database/database.ts';
import { secondsBefore, type SessionTimes } from './lifetime.ts';

export type EndedBy =
  | 'logout'
  | 'password'
  | 'factors'
  | 'revoked'
  | 'disabled'
  | 'reuse'
  | 'doubt'
  | 'limit'
  | 'deleted'
  | 'client'
  | 'code';

/** The reason and the time of an end. */
export interface Ending {
  readonly by: EndedBy;
  readonly at: Date;
}

/**
 * Selects sessions: all sessions of a user, except one if `except` is set; a user's sessions past the `beyond` most
 * recently used; one session, of a given user if `userId` is set; or all sessions of a registered client.
 */
export type Which =
  | { readonly userId: string; readonly except?: string }
  | { readonly userId: string; readonly beyond: number }
  | { readonly id: string; readonly userId?: string }
  | { readonly clientId: string };

/** A session that was ended, and the time until which its access tokens have to be denied. */
export interface Ended {
  readonly id: string;
  readonly userId: string;
  readonly accessExpiresAt: Date;
}

interface EndedRow {
  readonly id: string;
  readonly user_id: string;
  readonly access_expires_at: string | Date;
}

/** Rows a statement. A script may open many sessions, and no statement may take seconds. */
const BATCH = 5_000;

/**
 * Ends sessions under their locks, and returns those that were not over before. A session is over once none of its
 * access tokens is valid. A session that ended because its account was disabled is not over: its tokens are valid again
 * once the account is enabled.
 */
export async function endSessions(
  db: Db,
  which: Which,
  { by, now, times }: { by: EndedBy; now: Date; times: SessionTimes },
): Promise<Ended[]> {
  const { condition, values } = conditionOf(which, now, times);
  const ended: Ended[] = [];
  for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
    const rows = await query<EndedRow>(
      db,
      // Always in the order of ids, so that two transactions that end the same sessions cannot deadlock.
      `with chosen as (
         select id from sessions
         where ${condition} and id > ? and (
           (ended_at is null and expires_at > ? and last_used_at > ?)
           or (access_expires_at > ? and (ended_at is null or ended_by = 'disabled'))
         )
         order by id limit ${BATCH} for update
       )
       update sessions s set ended_at = ?, ended_by = ?, sealed_successor = null
       from chosen where s.id = chosen.id
       returning s.id, s.user_id, s.access_expires_at`,
      [
        ...values,
        after,
        now,
        secondsBefore(now, times.idleSeconds),
        secondsBefore(now, times.outlivedSeconds),
        now,
        by,
      ],
    );
    for (const { id, user_id: userId, access_expires_at } of rows) {
      ended.push({ id, userId, accessExpiresAt: new Date(access_expires_at) });
    }
    if (rows.length < BATCH) return ended;
    after = rows.reduce((last, { id }) => (id > last ? id : last), after);
  }
}

interface SessionCondition {
  readonly condition: string;
  readonly values: readonly unknown[];
}

function conditionOf(which: Which, now: Date, { idleSeconds }: SessionTimes): SessionCondition {
  if ('clientId' in which) return { condition: 'client_id = ?', values: [which.clientId] };
  if ('id' in which) {
    return which.userId === undefined
      ? { condition: 'id = ?', values: [which.id] }
      : { condition: 'id = ? and user_id = ?', values: [which.id, which.userId] };
  }
  if ('beyond' in which) {
    return {
      condition: `id in (
        select id from sessions
        where user_id = ? and ended_at is null and expires_at > ? and last_used_at > ?
        order by last_used_at desc, id offset ?
      )`,
      values: [which.userId, now, secondsBefore(now, idleSeconds), which.beyond],
    };
  }
  return which.except === undefined
    ? { condition: 'user_id = ?', values: [which.userId] }
    : { condition: 'user_id = ? and id <> ?', values: [which.userId, which.except] };
}
