import { defineEntity, type InferEntity } from '@mikro-orm/core';

/**
 * The life of a mail:
 * - `waiting`: to be sent when `dueAt` has come.
 * - `sending`: a replica talks to the mail server and holds the lease. The mail server has no complete mail yet.
 * - `handed`: the end of the mail is on its way to the mail server, whose answer is not known yet.
 * - `sent`: the mail server accepted it.
 * - `unconfirmed`: the replica ended while the state was `handed`. The mail server has it, unless it refused it.
 * - `failed`: given up. `error` has the reason.
 */
export type MailState = 'waiting' | 'sending' | 'handed' | 'sent' | 'unconfirmed' | 'failed';

/** A mail of the outbox. */
export const MailEntity = defineEntity({
  name: 'Mail',
  tableName: 'mails',
  properties: (p) => ({
    id: p.uuid().primary(),
    /** The account concerned; null if there is none. */
    userId: p.uuid().nullable(),
    /** The name of the template; for a notice with its kind. */
    template: p.string(),
    /** The address, for operators. The mail goes to the address in the sealed payload. */
    recipient: p.string(),
    /** The folded address, by which mails are counted. */
    recipientKey: p.string(),
    /** A second mail with the same key is not added. */
    once: p.string().nullable(),
    /** The address and the values of the template, sealed; null when they are not needed any more. */
    payload: p.blob().nullable(),
    state: p.string().$type<MailState>(),
    /** Failed attempts. */
    attempts: p.integer(),
    createdAt: p.datetime(),
    dueAt: p.datetime(),
    /** The links of the mail are worthless from here on. */
    validUntil: p.datetime().nullable(),
    /** The replica that sends it. */
    lease: p.uuid().nullable(),
    leasedUntil: p.datetime().nullable(),
    /** The last time when a mail server may have got it: the address is counted by it. */
    triedAt: p.datetime().nullable(),
    finishedAt: p.datetime().nullable(),
    error: p.string().nullable(),
  }),
});

export type Mail = InferEntity<typeof MailEntity>;
