import { foldEmail } from '../../src/kernel/email.ts';
import { TEMPLATES, type TemplateName } from '../../src/mail/templates/templates.ts';
import { noteSecrets } from './log_file.ts';
import { type ReceivedMail, startMailServer } from './mail_server.ts';
import { until } from './until.ts';

/** A mail as a person has it before them. */
export interface LetterReceived {
  readonly text: string;
  readonly html: string;
  readonly subject: string;
  /** The link, its token, and the code; empty if the mail has none. */
  readonly link: string;
  readonly token: string;
  readonly code: string;
}

/** The mailboxes of a whole server: every address leads here. */
export interface Mailboxes {
  /** The variables of a server that mails here. */
  readonly env: Readonly<Record<string, string>>;
  /** Returns the mails to an address, the oldest first. */
  of(address: string): LetterReceived[];
  /** Waits for the nth mail of a template to an address, and returns it. */
  next(address: string, template: TemplateName, nth?: number): Promise<LetterReceived>;
  close(): Promise<void>;
}

/** Starts a mail server that keeps every mail. */
export async function startMailboxes(): Promise<Mailboxes> {
  const server = await startMailServer();
  const of = (address: string) =>
    server.received.filter(({ to }) => to.map(foldEmail).includes(foldEmail(address))).map(toLetter);
  return {
    env: { MAIL_URL: `smtp://127.0.0.1:${server.port}?tls=off`, MAIL_FROM: 'no-reply@auth.example' },
    of,
    async next(address, template, nth = 1) {
      const found = await until(
        () => of(address).filter(({ subject }) => subjectOf(template).test(subject)),
        ({ length }) => length >= nth,
      );
      return found[nth - 1]!;
    },
    close: server.close,
  };
}

function subjectOf(template: TemplateName): RegExp {
  const literal = TEMPLATES[template].subject
    .split(/\{\{\w+\}\}/)
    .map((part) => part.replaceAll(/[?.]/g, String.raw`\$&`));
  return new RegExp(`^${literal.join('.*')}$`);
}

function toLetter({ parsed }: ReceivedMail): LetterReceived {
  const text = parsed.text ?? '';
  const link = /https?:\/\/\S+\?token=\S+/.exec(text)?.[0] ?? '';
  const token = link === '' ? '' : new URL(link).searchParams.get('token')!;
  const code = /^\s*([0-9A-Z]{4}-[0-9A-Z]{4})\s*$/m.exec(text)?.[1] ?? '';
  noteSecrets(token);
  return { text, html: parsed.html || '', subject: parsed.subject ?? '', link, token, code };
}
