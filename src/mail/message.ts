import { domainToASCII } from 'node:url';
import MailComposer from 'nodemailer/lib/mail-composer';
import type { MailAddress } from './mail_from.ts';
import type { RenderedMail } from './templates/render.ts';

/** The mail of a row. */
export interface MailRow {
  readonly id: string;
  readonly template: string;
  readonly createdAt: Date;
}

/** A message in the form of RFC 5322, with its envelope (RFC 5321 section 2.3.1). */
export interface MailMessage extends MailRow {
  readonly from: string;
  readonly to: string;
  readonly bytes: Buffer;
}

/** The parts of a message. */
export interface MessageParts {
  readonly row: MailRow;
  readonly from: MailAddress;
  readonly to: string;
  readonly mail: RenderedMail;
}

/**
 * Builds a message. Its id and its date are those of the row. Threat: a mail that is sent again after a crash must be
 * the same one, so that mail servers and mailboxes recognise it (RFC 5322 section 3.6.4).
 */
export async function buildMessage({ row, from, to, mail }: MessageParts): Promise<MailMessage> {
  const composer = new MailComposer({
    // A copy: the composer writes into it, and the settings are frozen.
    from: { ...from },
    // An object, so that the address is not parsed again: a list of addresses in it stays one wrong address.
    to: { name: '', address: to },
    subject: mail.subject,
    text: mail.text,
    html: mail.html,
    messageId: `<${row.id}@${domainOf(from.address)}>`,
    date: row.createdAt,
    // RFC 3834 section 5: programs must not reply.
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const bytes = await composer.compile().build();
  return { ...row, from: mailbox(from.address), to: mailbox(to), bytes };
}

/** Returns an address with an ASCII domain (RFC 5890), which every server accepts. */
function mailbox(address: string): string {
  const at = address.lastIndexOf('@');
  return `${address.slice(0, at)}@${domainOf(address)}`;
}

function domainOf(address: string): string {
  const domain = address.slice(address.lastIndexOf('@') + 1);
  return domainToASCII(domain) || domain;
}
