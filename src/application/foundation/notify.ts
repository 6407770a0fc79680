import type { RequestInfo } from '../../kernel/request_info.ts';
import type { Notice, NoticeKind } from '../../mail/mail.ts';
import type { Db } from '../../store/database/database.ts';
import type { User } from '../../users/user.entity.ts';
import type { Services } from './services.ts';

/** The request behind a notice, and its time. */
export interface NoticedRequest {
  readonly request: Pick<RequestInfo, 'address' | 'userAgent'>;
  readonly at: Date;
}

/** The kind of a notice, and its own values. */
export type NoticeFacts = {
  readonly [kind in NoticeKind]: { readonly kind: kind } & Omit<
    Extract<Notice, { readonly kind: kind }>,
    'kind' | 'username' | 'at' | 'address' | 'userAgent'
  >;
}[NoticeKind];

/**
 * Mails the user of an account what happened to it, in the transaction of the event. An account without an address gets
 * no mail; its page shows the audit log.
 */
export async function notify(
  { outbox }: Pick<Services, 'outbox'>,
  db: Db,
  {
    user,
    facts,
    request,
    at,
    once,
  }: NoticedRequest & {
    readonly user: User;
    readonly facts: NoticeFacts;
    /** A notice with the same key is mailed once. */
    readonly once?: string;
  },
): Promise<void> {
  if (user.email == null) return;
  const { address, userAgent } = request;
  const data = { ...facts, username: user.username, at, address, userAgent } as Notice;
  await outbox.add(
    db,
    { to: user.email, userId: user.id, template: 'notice', data, ...(once === undefined ? {} : { once }) },
    at,
  );
}
