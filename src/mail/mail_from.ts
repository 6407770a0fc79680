import { normalEmail } from '../kernel/email.ts';

/** A sender. */
export interface MailAddress {
  readonly name: string;
  readonly address: string;
}

/**
 * Returns the sender that a text names, `address` or `Name <address>`, or undefined if it is invalid. Threat: a line
 * break in it would add a header.
 */
export function parseMailFrom(text: string): MailAddress | undefined {
  const [, name = '', inBrackets] = /^([^<>\p{Cc}"]*)<([^<>]*)>$/u.exec(text.trim()) ?? [];
  const address = normalEmail(inBrackets ?? text.trim());
  return address === undefined ? undefined : { name: name.trim() || 'Gatehouse', address };
}
