import { randomUUID } from 'node:crypto';
import { foldEmail, normalEmail } from '../kernel/email.ts';
import { afterCommit, query, type Db } from '../store/database/database.ts';
import type { DatabaseTime } from '../store/database/database_time.ts';
import type { LinkPath, NewMail } from './mail.ts';
import type { MailPayloads } from './payload.ts';
import { templateName } from './templates/templates.ts';

/**
 * The result of adding a mail:
 * - `added`: it is sent after the commit.
 * - `repeated`: there is one with the same key.
 * - `limited`: the address gets too many mails. A caller that a stranger can reach must not reveal it.
 */
export type AddedMail = 'added' | 'repeated' | 'limited';

/**
 * The outbox. A mail is a row of the transaction that causes it, so that neither exists without the other.
 */
export interface Outbox {
  /**
   * Adds a mail, to be sent after the commit.
   * @param at the time of the change that causes it
   * @throws Error if the address or a link is none: a fault of the caller
   */
  add(db: Db, mail: NewMail, at: Date): Promise<AddedMail>;
  /** Calls `listener` after each commit of a mail to send. */
  watch(listener: () => void): void;
  /**
   * Lets a mail be sent again at once, with new attempts and within the limit of its address.
   * @returns false if it was sent, is being sent, or has a link that is over
   */
  retry(db: Db, id: string): Promise<boolean>;
  /** Removes the mails of a deleted account, because they have its address. */
  erase(db: Db, userId: string): Promise<void>;
}

/** The most mails that an address gets within an hour, of all templates together. */
export const MAILS_PER_HOUR = 3;
/** The condition of mails that are not over. */
export const OPEN = "state in ('waiting', 'sending', 'handed')";
/** The most notices that wait for an address. The account's page shows the events of those that are left out. */
const MOST_WAITING = 20;

/** Creates the outbox. @param time the clock of the outbox: PostgreSQL's, unless a test replaces it */
export function createOutbox(payloads: MailPayloads, time: DatabaseTime): Outbox {
  const listeners: (() => void)[] = [];
  const announce = () => listeners.forEach((listener) => listener());
  return {
    watch: (listener) => void listeners.push(listener),

    async add(db, mail, at) {
      const { to, userId, once = null, template, data } = mail;
      if (normalEmail(to) === undefined) throw new Error(`The mail ${template} has no valid address`);
      if ('path' in data) checkPath(data.path);
      // The account may be a row of this transaction that is still to be written.
      await db.flush();
      const key = foldEmail(to);
      if ((await countMails(db, key, time)) >= (isAskedFor(mail) ? MAILS_PER_HOUR : MOST_WAITING)) return 'limited';
      const id = randomUUID();
      const now = time.expression();
      const added = await query(
        db,
        `insert into mails
           (id, user_id, template, recipient, recipient_key, once, payload, state, created_at, due_at, valid_until)
         values (?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ${now.sql}, ?)
         on conflict (once) where once is not null do nothing returning id`,
        [
          id,
          userId,
          templateName(mail),
          to,
          key,
          once,
          payloads.seal({ id, to, content: { template, data } as NewMail }),
          at,
          ...now.values,
          'expiresAt' in data ? data.expiresAt : null,
        ],
      );
      if (added.length === 0) return 'repeated';
      afterCommit(db, announce);
      return 'added';
    },

    async retry(db, id) {
      const now = await time.now(db);
      const retried = await query(
        db,
        `update mails set state = 'waiting', attempts = 0, due_at = ?, finished_at = null, error = null, lease = null
         where id = ? and state in ('waiting', 'failed', 'unconfirmed') and payload is not null
           and coalesce(valid_until > ?, true) returning id`,
        [now, id, now],
      );
      if (retried.length > 0) afterCommit(db, announce);
      return retried.length > 0;
    },

    async erase(db, userId) {
      await query(db, 'delete from mails where user_id = ?', [userId]);
    },
  };
}

/**
 * Returns whether a person asked for the mail just now. Such a mail is dropped at the limit, because another one was
 * sent. A notice waits instead. Threat: a thief would cause three mails and then change the password unnoticed.
 */
function isAskedFor({ template }: NewMail): boolean {
  return template !== 'notice' && template !== 'email-changed';
}

/**
 * Counts the mails that an address got within the last hour or is going to get. The count takes no lock, so that
 * requests for one address do not wait for each other; the sender counts again, and decides.
 */
async function countMails(db: Db, key: string, time: DatabaseTime): Promise<number> {
  const now = time.expression();
  const [row] = await query<{ count: number }>(
    db,
    `select count(*)::integer as count from mails
     where recipient_key = ? and (${OPEN} or tried_at > ${now.sql} - interval '1 hour')`,
    [key, ...now.values],
  );
  return row?.count ?? 0;
}

/** Threat: a link to another server, made from a value that a client sent. */
function checkPath(path: LinkPath): void {
  const origin = 'https://gatehouse.invalid';
  if (!URL.canParse(path, origin) || new URL(path, origin).origin !== origin) {
    throw new Error('The link of a mail must be a path on this server');
  }
}
