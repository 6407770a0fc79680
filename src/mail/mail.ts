/** A path on this server, with a fragment if need be: links are made from `PUBLIC_URL` alone. */
export type LinkPath = `/${string}`;

/**
 * A link, and a code. The page of the link asks for the code. Threat: scanners open the links of mails, run the scripts
 * of the pages and press their buttons, but do not type what the mail says.
 */
interface LinkAndCode {
  /** The name of the account. */
  readonly username: string;
  readonly path: LinkPath;
  readonly code: string;
  readonly expiresAt: Date;
}

/** A request that changed or used something of an account. */
interface MailedEvent {
  readonly username: string;
  readonly at: Date;
  /** The address of the client; null if it is not known. */
  readonly address: string | null;
  readonly userAgent: string | null;
}

/** The kinds of notices, with the values of each. */
interface NoticeValues {
  'new-device': MailedEvent;
  'password-changed': MailedEvent;
  'factor-added': MailedEvent & { readonly factor: MailedFactor };
  'factor-removed': MailedEvent & { readonly factor: MailedFactor };
  'recovery-code-used': MailedEvent & { readonly left: number };
  'password-reset': MailedEvent;
  'breached-password': MailedEvent;
}

/** A factor as notices name it. */
export type MailedFactor = 'password' | 'totp' | 'passkey' | 'recovery-codes';

export type NoticeKind = keyof NoticeValues;

export type Notice = { readonly [kind in NoticeKind]: { readonly kind: kind } & NoticeValues[kind] }[NoticeKind];

/** The values of each template. */
export interface MailValues {
  'verify-email': LinkAndCode;
  /** To the new address. */
  'confirm-email-change': LinkAndCode;
  /** To the old address. The link undoes the change. */
  'email-changed': LinkAndCode & { readonly newEmail: string };
  'reset-password': LinkAndCode;
  invitation: LinkAndCode & { readonly invitedBy: string };
  /** To the holder of an address with which somebody tried to register. */
  'registration-taken': { readonly username: string };
  notice: Notice;
}

export type MailTemplate = keyof MailValues;

/** A template with its values: a missing value does not compile. */
export type MailContent = {
  readonly [template in MailTemplate]: { readonly template: template; readonly data: MailValues[template] };
}[MailTemplate];

/** A mail to send. */
export type NewMail = MailContent & {
  readonly to: string;
  /** The account concerned; its deletion removes the mail. Null if there is no account. */
  readonly userId: string | null;
  /** A second mail with the same key is not added, for as long as the first one is kept. */
  readonly once?: string | undefined;
};
