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

/** An address that an account has yet to prove. */
export interface UnprovenAddress {
  readonly purpose: keyof typeof PROOF_TEMPLATES;
  readonly user: Pick<User, 'id' | 'username'>;
  readonly email: string;
  /** As in {@link NewLink}, beside the address. */
  readonly data?: NewLink['data'];
}

const PROOF_TEMPLATES = { 'email-verification': 'verify-email', 'email-change': 'confirm-email-change' } as const;

/**
 * Mails an address the link that proves it. If another account has proven that address, its holder gets a mail that says
 * so instead; the work is the same, so that only a reader of the mailbox learns which account exists.
 */
export async function mailAddressProof(
  services: Pick<Services, 'proofs' | 'outbox'>,
  { db, at }: { readonly db: Db; readonly at: Date },
  { purpose, user: { id: userId, username }, email, data }: UnprovenAddress,
): Promise<void> {
  const link = await makeLink(services, db, { purpose, userId, data: { ...data, email } });
  const holder = await findEmailHolder(db, email);
  if (holder?.isVerified && holder.id !== userId) {
    const { id, username, email: to } = holder;
    await services.outbox.add(db, { template: 'registration-taken', to, userId: id, data: { username } }, at);
    return;
  }
  const template = PROOF_TEMPLATES[purpose];
  await services.outbox.add(db, { template, to: email, userId, data: { username, ...link } }, at);
}

/** Mails an account the link that verifies its address, if it has one. */
export async function mailVerification(
  services: Pick<Services, 'proofs' | 'outbox'>,
  change: { readonly db: Db; readonly at: Date },
  user: Pick<User, 'id' | 'username' | 'email'>,
): Promise<void> {
  const { email } = user;
  if (email != null) await mailAddressProof(services, change, { purpose: 'email-verification', user, email });
}
