import type { FilterQuery } from '@mikro-orm/core';
import { foldEmail } from '../kernel/email.ts';
import type { Db } from '../store/database/database.ts';
import { type Mail, MailEntity, type MailState } from './mail.entity.ts';

/** A mail as operators see it: without what it says. */
export interface ListedMail {
  readonly id: string;
  readonly template: string;
  readonly recipient: string;
  readonly state: MailState;
  /** Failed attempts. */
  readonly attempts: number;
  readonly createdAt: Date;
  /** The time of the next attempt; null if there is none. */
  readonly dueAt: Date | null;
  readonly finishedAt: Date | null;
  /** The reason why it was not sent (yet). */
  readonly error: string | null;
}

/** A place in the list. Older mails follow it. */
export type MailCursor = Pick<ListedMail, 'createdAt' | 'id'>;

export interface MailFilter {
  readonly first: number;
  readonly after?: MailCursor | undefined;
  readonly state?: MailState | undefined;
  /** The address, in any spelling. */
  readonly recipient?: string | undefined;
}

export interface MailPage {
  readonly mails: readonly ListedMail[];
  readonly hasNext: boolean;
}

const SHOWN = [
  'id',
  'template',
  'recipient',
  'state',
  'attempts',
  'createdAt',
  'dueAt',
  'finishedAt',
  'error',
] as const satisfies readonly (keyof ListedMail)[];

/** Returns a page of the outbox, newest first. */
export async function listMails(db: Db, { first, after, state, recipient }: MailFilter): Promise<MailPage> {
  const where: FilterQuery<Mail>[] = [
    ...(after
      ? [{ $or: [{ createdAt: { $lt: after.createdAt } }, { createdAt: after.createdAt, id: { $gt: after.id } }] }]
      : []),
    ...(state === undefined ? [] : [{ state }]),
    ...(recipient === undefined ? [] : [{ recipientKey: foldEmail(recipient) }]),
  ];
  const rows = await db.find(
    MailEntity,
    { $and: where },
    { fields: SHOWN, orderBy: [{ createdAt: 'desc' }, { id: 'asc' }], limit: first + 1 },
  );
  return { mails: rows.slice(0, first).map(toListed), hasNext: rows.length > first };
}

function toListed({ dueAt, finishedAt = null, error = null, ...mail }: Pick<Mail, (typeof SHOWN)[number]>): ListedMail {
  return { ...mail, dueAt: mail.state === 'waiting' ? dueAt : null, finishedAt, error };
}

/** Returns a mail, or null. */
export async function findMail(db: Db, id: string): Promise<ListedMail | null> {
  const row = await db.findOne(MailEntity, { id }, { fields: SHOWN, refresh: true });
  return row && toListed(row);
}
