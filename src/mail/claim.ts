import { randomUUID } from 'node:crypto';
import { lockAcrossReplicas, query, type Db } from '../store/database/database.ts';
import type { DatabaseTime } from '../store/database/database_time.ts';
import type { MailRow } from './message.ts';
import { MAILS_PER_HOUR, OPEN } from './outbox.ts';

/** A mail that this replica sends. */
export interface ClaimedMail extends MailRow {
  readonly payload: Buffer;
  /** Failed attempts before this one. */
  readonly attempts: number;
  /** The right to send it. A replica that lost it must not end the message. */
  readonly lease: string;
}

/** The result of a search for a due mail: a mail, or the reason why the one that was due is not sent now. */
export type Claim = ClaimedMail | 'limited' | 'expired';

/** Seconds for which a replica holds a mail; it renews the lease meanwhile. A mail of a killed replica waits so long. */
export const LEASE_SECONDS = 30;

interface DueRow {
  readonly id: string;
  readonly template: string;
  readonly recipient_key: string;
  readonly payload: Uint8Array;
  readonly attempts: number;
  readonly created_at: string | Date;
  readonly expired: boolean;
}

/**
 * Claims the mail that has been due longest, in a transaction of its own. Rows that another replica claims are skipped.
 * @returns null if none is due
 */
export async function claimMail(db: Db, time: DatabaseTime): Promise<Claim | null> {
  const now = await time.now(db);
  const [row] = await query<DueRow>(
    db,
    `select id, template, recipient_key, payload, attempts, created_at, coalesce(valid_until <= ?, false) as expired
     from mails where ((state = 'waiting' and due_at <= ?) or (state = 'sending' and leased_until <= ?))
     order by due_at limit 1 for update skip locked`,
    [now, now, now],
  );
  if (!row) return null;
  if (row.expired) {
    await endMail(db, row.id, { state: 'failed', error: 'expired: its link is over', at: now, wipe: true });
    return 'expired';
  }
  const freeAt = await slotOf(db, row, now);
  if (freeAt > now) {
    await postpone(db, row, { now, freeAt });
    return 'limited';
  }
  const lease = randomUUID();
  await query(db, `update mails set state = 'sending', lease = ?, leased_until = ?, error = null where id = ?`, [
    lease,
    leaseEnd(now),
    row.id,
  ]);
  const { id, template, attempts } = row;
  return { id, template, attempts, lease, payload: Buffer.from(row.payload), createdAt: new Date(row.created_at) };
}

const leaseEnd = (now: Date) => new Date(now.getTime() + LEASE_SECONDS * 1000);

/** Returns the time at which the address may get a mail: `now` or earlier if it may get one at once. */
async function slotOf(db: Db, { id, recipient_key: key }: DueRow, now: Date): Promise<Date> {
  // Two replicas that send to one address count one after the other.
  await lockAcrossReplicas(db, `mail:${key}`);
  const others = await query<{ at: string | Date }>(
    db,
    `select coalesce(tried_at, ?) as at from mails
     where recipient_key = ? and id <> ? and (state in ('sending', 'handed') or tried_at > ?::timestamptz - interval '1 hour')
     order by 1 desc limit ?`,
    [now, key, id, now, MAILS_PER_HOUR],
  );
  const earliest = others[MAILS_PER_HOUR - 1];
  return earliest ? new Date(new Date(earliest.at).getTime() + 3_600_000) : now;
}

/** Lets a mail wait for its hour, without an attempt. It expires meanwhile if its link does. */
async function postpone(db: Db, { id }: DueRow, { now, freeAt }: { now: Date; freeAt: Date }): Promise<void> {
  const error = `limited: the address got ${MAILS_PER_HOUR} mails within an hour`;
  const at = new Date(Math.max(freeAt.getTime(), now.getTime() + 1000));
  await query(
    db,
    `update mails set state = 'waiting', lease = null, leased_until = null, due_at = ?, error = ? where id = ?`,
    [at, error, id],
  );
}

/** Extends the leases of mails that this replica sends. Returns those that it still holds. */
export async function renewLeases(db: Db, leases: readonly string[], time: DatabaseTime): Promise<string[]> {
  const renewed = await query<{ lease: string }>(
    db,
    `update mails set leased_until = ? where lease in (${leases.map(() => '?').join(', ')})
       and state in ('sending', 'handed') returning lease`,
    [leaseEnd(await time.now(db)), ...leases],
  );
  return renewed.map(({ lease }) => lease);
}

/** Records that the end of the message is on its way. Returns false if another replica took the mail over. */
export async function markHanded(db: Db, { id, lease }: ClaimedMail, time: DatabaseTime): Promise<boolean> {
  const now = await time.now(db);
  const marked = await query(
    db,
    `update mails set state = 'handed', tried_at = ?, leased_until = ?
     where id = ? and lease = ? and state = 'sending' returning id`,
    [now, leaseEnd(now), id, lease],
  );
  return marked.length > 0;
}

/** The end of a mail's life. */
interface MailEnd {
  readonly state: 'sent' | 'failed';
  readonly at: Date;
  readonly error?: string;
  /** Removes the payload: a failed mail keeps it, for `mail retry`. */
  readonly wipe: boolean;
}

async function endMail(db: Db, id: string, { state, at, error, wipe }: MailEnd): Promise<void> {
  await query(
    db,
    `update mails set state = ?, finished_at = ?, error = ?, lease = null, leased_until = null
       ${wipe ? ', payload = null' : ''} where id = ?`,
    [state, at, error ?? null, id],
  );
}

/** Records the outcome of a claimed mail, unless another replica has taken it over. */
export async function settleMail(
  db: Db,
  { id, lease }: ClaimedMail,
  settle: { readonly time: DatabaseTime } & MailSettlement,
): Promise<void> {
  const now = await settle.time.now(db);
  const held = await query(db, `select id from mails where id = ? and lease = ? for update`, [id, lease]);
  if (held.length === 0) return;
  if (settle.outcome === 'sent') {
    await query(db, `update mails set tried_at = ? where id = ?`, [now, id]);
    return endMail(db, id, { state: 'sent', at: now, wipe: true });
  }
  if (settle.outcome === 'failed') {
    return endMail(db, id, { state: 'failed', at: now, error: settle.error, wipe: false });
  }
  await query(
    db,
    `update mails set state = 'waiting', attempts = ?, due_at = ?, error = ?, lease = null, leased_until = null
     where id = ?`,
    [settle.attempts, new Date(now.getTime() + settle.seconds * 1000), settle.error, id],
  );
}

/** The outcome of an attempt. */
export type MailSettlement =
  | { readonly outcome: 'sent' }
  | { readonly outcome: 'failed'; readonly error: string }
  | { readonly outcome: 'postponed'; readonly error: string; readonly attempts: number; readonly seconds: number };

/**
 * Ends the mails of replicas that were killed while the mail server had the whole message. They are not sent again: the
 * server has almost certainly taken them. Returns their number.
 */
export async function endUnconfirmed(db: Db, time: DatabaseTime): Promise<number> {
  const now = await time.now(db);
  const error = 'unconfirmed: the server process ended before the answer of the mail server';
  const ended = await query(
    db,
    `update mails set state = 'unconfirmed', finished_at = ?, error = ?
     where id in (select id from mails where state = 'handed' and leased_until <= ? for update skip locked)
     returning id`,
    [now, error, now],
  );
  return ended.length;
}

/** Returns the number of open mails, and the age of the oldest one that is due. */
export async function countOpenMails(db: Db, time: DatabaseTime): Promise<{ open: number; oldestSeconds: number }> {
  const now = await time.now(db);
  const [row] = await query<{ open: number; oldest: number | string | null }>(
    db,
    `select count(*)::integer as open,
       extract(epoch from ?::timestamptz - min(due_at) filter (where due_at <= ?))::float8 as oldest
     from mails where ${OPEN}`,
    [now, now],
  );
  return { open: row?.open ?? 0, oldestSeconds: Math.max(0, Number(row?.oldest ?? 0)) };
}
