import type { MailContent, MailedFactor } from '../mail.ts';
import { describeAgent } from './user_agent.ts';

/** The values of a mail by the names of their placeholders. */
export type TemplateValues = Readonly<Record<string, string>>;

/** The longest value, in UTF-16 code units. */
const LONGEST = 300;

/** Returns the values of a mail. @param publicUrl the address that clients use: every link begins with it */
export function valuesOf({ data }: MailContent, publicUrl: string): TemplateValues {
  const values: TemplateValues = {
    publicUrl,
    site: new URL(publicUrl).host,
    username: data.username,
    ...('path' in data ? { link: `${publicUrl}${data.path}`, code: data.code, expiresAt: timeOf(data.expiresAt) } : {}),
    ...('newEmail' in data ? { newEmail: data.newEmail } : {}),
    ...('invitedBy' in data ? { invitedBy: data.invitedBy } : {}),
    ...('at' in data ? { at: timeOf(data.at), client: clientOf(data) } : {}),
    ...('factor' in data ? { factor: FACTORS[data.factor] } : {}),
    ...('left' in data ? { left: String(data.left) } : {}),
  };
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, name === 'link' ? value : oneLine(value).slice(0, LONGEST)]),
  );
}

const FACTORS: Readonly<Record<MailedFactor, string>> = {
  password: 'a password',
  totp: 'an authenticator app',
  passkey: 'a passkey',
  'recovery-codes': 'recovery codes',
};

/**
 * Returns a value on one line, without invisible characters. Threat: a line break adds a header to the subject, and a
 * character that changes the direction of writing makes a sentence say something else.
 */
function oneLine(text: string): string {
  return text.toWellFormed().replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
}

function clientOf({
  address,
  userAgent,
}: {
  readonly address: string | null;
  readonly userAgent: string | null;
}): string {
  return [describeAgent(userAgent), ...(address === null ? [] : [`address ${address}`])].join(', ');
}

const TIME = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'long',
  timeStyle: 'short',
  timeZone: 'UTC',
});

function timeOf(time: Date): string {
  return `${TIME.format(time)} UTC`;
}
