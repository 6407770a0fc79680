import { parsed, type ReportFault, type ReadValues, secret, text, type Values } from '../kernel/variables.ts';
import { type MailServer, parseMailUrl } from './mail_url.ts';
import { type MailAddress, parseMailFrom } from './mail_from.ts';

/** The variables of mail. */
export const mailVariables = {
  MAIL_URL: secret(
    parsed(
      parseMailUrl,
      'must be smtp://[user:password@]host[:port] or smtps://…, percent-encoded. smtp uses STARTTLS; only a server on ' +
        'a trusted network, without a password, may be used without it (?tls=off)',
    ).optional(),
  ),
  MAIL_FROM: parsed(
    parseMailFrom,
    'must be an address, such as no-reply@example.com or Example <no-reply@example.com>',
  ).optional(),
  MAIL_TEMPLATES: text((path) => path.trim() !== '', 'must be a folder').optional(),
};

export interface MailSettings {
  /** Null if mails become files. */
  readonly server: MailServer | null;
  readonly from: MailAddress;
  /** The folder of the operator's templates. */
  readonly templates: string | undefined;
}

/** @param publicUrl the address that clients use; the default sender has its host */
export function mailSettings(values: Values<typeof mailVariables>, publicUrl: string): MailSettings {
  return {
    server: values.MAIL_URL ?? null,
    from: values.MAIL_FROM ?? { name: 'Gatehouse', address: `no-reply@${hostOf(publicUrl)}` },
    templates: values.MAIL_TEMPLATES,
  };
}

/** Reports a mail server without a sender: it would refuse every mail from an invented address. */
export function refuseUnsignedMail(values: ReadValues<typeof mailVariables>, report: ReportFault): void {
  if (values.MAIL_URL && !values.MAIL_FROM) report('MAIL_FROM', 'required with MAIL_URL', 'MISSING');
}

function hostOf(publicUrl: string): string {
  const { hostname } = new URL(publicUrl);
  return /^[\d.]+$|^\[/.test(hostname) ? 'localhost' : hostname;
}
