import { record } from '../../audit/audit.ts';
import type { Invocation } from '../../kernel/actor.ts';
import { conflict, invalidInput } from '../../kernel/errors.ts';
import { findMail, type ListedMail, listMails, type MailFilter, type MailPage } from '../../mail/list_mails.ts';
import { isUuid } from '../../store/database/database.ts';
import type { Services } from '../foundation/services.ts';

/** The outbox of mails, for admins and operators. @throws SERVICE_UNAVAILABLE */
export interface Mails {
  /** Returns a page of mails, newest first. */
  list(filter: MailFilter): Promise<MailPage>;
  /**
   * Sends a mail again that was given up or not confirmed, or one that waits, within the limit of its address.
   * @throws BAD_USER_INPUT (no such mail), CONFLICT (it was sent, is being sent, or has a link that is over)
   */
  retry(id: string, by: Invocation): Promise<ListedMail>;
}

export function createMails({ database, outbox, clock }: Pick<Services, 'database' | 'outbox' | 'clock'>): Mails {
  return {
    list: (filter) => database.run((db) => listMails(db, filter)),

    retry: (id, by) =>
      database.transaction(async (db) => {
        const mail = isUuid(id) ? await findMail(db, id) : null;
        if (!mail) throw invalidInput({ field: 'id', code: 'NOT_FOUND' });
        if (!(await outbox.retry(db, mail.id))) throw conflict({ field: 'id', code: 'TOO_LATE' });
        record(
          db,
          {
            type: 'mail.retried',
            subject: `mail:${mail.id}`,
            detail: { template: mail.template },
            at: new Date(clock()),
          },
          by,
        );
        return (await findMail(db, mail.id)) ?? mail;
      }),
  };
}
