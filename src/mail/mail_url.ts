import { BlockList, isIP } from 'node:net';

/** A mail server. */
export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** `implicit`: TLS from the start. `starttls`: nothing is sent before it. `off`: a trusted network. */
  readonly tls: 'implicit' | 'starttls' | 'off';
  readonly login: { readonly user: string; readonly password: string } | null;
}

/** The ports of submission (RFC 8314 section 3.3, RFC 6409 section 3.1). */
const PORTS = { 'smtp:': 587, 'smtps:': 465 };

/**
 * Returns the mail server of a URL, or undefined if it is invalid. `smtp` means STARTTLS, and a server without it is
 * refused. Threat: an attacker on the path removes the offer of STARTTLS and reads the links (RFC 3207 section 6).
 */
export function parseMailUrl(text: string): MailServer | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname, port, pathname, hash, username, password, searchParams } = new URL(text);
  if (protocol !== 'smtp:' && protocol !== 'smtps:') return undefined;
  if (hostname === '' || !['', '/'].includes(pathname) || hash !== '') return undefined;
  const [user, secret] = [decoded(username), decoded(password)];
  if (user === undefined || secret === undefined || (user === '') !== (secret === '')) return undefined;
  const [option, ...more] = [...searchParams];
  const isOff = option?.[0] === 'tls' && option[1] === 'off';
  if (more.length > 0 || (option && !isOff) || (isOff && protocol === 'smtps:')) return undefined;
  const host = hostname.replace(/^\[|\]$/g, '');
  // A password in plain text is for everybody on the network.
  if (isOff && user !== '' && !isLoopback(host)) return undefined;
  return {
    host,
    port: port === '' ? PORTS[protocol] : Number(port),
    tls: protocol === 'smtps:' ? 'implicit' : isOff ? 'off' : 'starttls',
    login: user === '' ? null : { user, password: secret },
  };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function isLoopback(host: string): boolean {
  const loopback = new BlockList();
  loopback.addSubnet('127.0.0.0', 8);
  loopback.addAddress('::1', 'ipv6');
  const version = isIP(host);
  return version === 0 ? host === 'localhost' : loopback.check(host, version === 4 ? 'ipv4' : 'ipv6');
}
