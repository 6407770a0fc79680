import type { LinkPath } from '../../mail/mail.ts';
import type { StoredPurpose } from '../../proofs/purposes.ts';
import type { Db } from '../../store/database/database.ts';
import { findEmailHolder } from '../../users/email_claims.ts';
import type { User } from '../../users/user.entity.ts';
import type { Services } from './services.ts';

/** The pages that redeem mailed links, by the purpose of the proof. A GET of them changes nothing. */
export const LINK_PAGES = {
  'password-reset': '/reset',
  'email-verification': '/verify-email',
  'email-change': '/verify-email',
  'email-undo': '/undo-email-change',
  invitation: '/invitation',
} as const satisfies Partial<Record<StoredPurpose, LinkPath>>;

export type LinkPurpose = keyof typeof LINK_PAGES;

/** A proof for a mail: the token in a link, and the code that the page of the link asks for. */
export interface MadeLink {
  readonly path: LinkPath;
  readonly code: string;
  readonly expiresAt: Date;
}

/** A link to make. The data is checked at the redemption, and holds no secret. */
export interface NewLink {
  readonly purpose: LinkPurpose;
  readonly userId: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Makes the link of a mail, in the transaction that adds the mail. */
export async function makeLink({ proofs }: Pick<Services, 'proofs'>, db: Db, link: NewLink): Promise<MadeLink> {
  const { token, code, expiresAt } = await proofs.make(db, { ...link, withCode: true });
  return { path: `${LINK_PAGES[link.purpose]}?token=${token}`, code: code!, expiresAt };
}

/**
 * Mails an account the link that verifies its address. If another account has proven that address, its holder gets
 * a mail instead; the work is the same, so that only a reader of the mailbox learns which account exists.
 */
export async function mailVerification(
  services: Pick<Services, 'proofs' | 'outbox'>,
  { db, at }: { readonly db: Db; readonly at: Date },
  { id: userId, username, email }: Pick<User, 'id' | 'username' | 'email'>,
): Promise<void> {
  if (email == null) return;
  const link = await makeLink(services, db, { purpose: 'email-verification', userId, data: { email } });
  const holder = await findEmailHolder(db, email);
  const mail =
    holder?.isVerified && holder.id !== userId
      ? ({
          template: 'registration-taken',
          to: holder.email,
          userId: holder.id,
          data: { username: holder.username },
        } as const)
      : ({ template: 'verify-email', to: email, userId, data: { username, ...link } } as const);
  await services.outbox.add(db, mail, at);
}
