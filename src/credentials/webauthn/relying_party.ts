import { isIP } from 'node:net';
import { ownOrigins } from '../../kernel/origins.ts';

/** The site that passkeys are made for (WebAuthn level 3, section 5.1.2), and the pages that may use them. */
export interface RelyingParty {
  /** The RP ID: a domain. Authenticators sign its digest, so that another one makes all stored passkeys useless. */
  readonly id: string;
  /** The exact origins of the pages that may use the passkeys. */
  readonly origins: readonly string[];
  /** The origins among them that browsers must find in `/.well-known/webauthn`: their domain is another one. */
  readonly related: readonly string[];
}

/**
 * Returns the domain that passkeys of a public URL can belong to; null if browsers have none there. They refuse IP
 * addresses as RP IDs, and pages without TLS except those of this machine. A loopback address stands for `localhost`.
 */
export function passkeyDomain(publicUrl: string): string | null {
  if (ownOrigins(publicUrl).length > 1) return 'localhost';
  const { protocol, hostname } = new URL(publicUrl);
  return isIP(hostname.replaceAll(/[[\]]/g, '')) === 0 && isSecure(protocol, hostname) ? hostname : null;
}

/**
 * Returns whether an RP ID covers a host: it is the host or a domain above it. A single label such as `com` is refused.
 * Browsers refuse the other public suffixes, such as `co.uk`, by their own list.
 */
export function covers(rpId: string, host: string): boolean {
  return host === rpId || (rpId.includes('.') && host.endsWith(`.${rpId}`));
}

/** The addresses that a relying party is made of. */
export interface RelyingPartyOptions {
  readonly publicUrl: string;
  readonly corsOrigins: readonly string[];
  /** The default is the host of the public URL. */
  readonly rpId?: string | undefined;
}

/** Returns the relying party of a server; null if browsers have no passkeys at its address. */
export function relyingPartyOf({ publicUrl, corsOrigins, rpId }: RelyingPartyOptions): RelyingParty | null {
  const id = rpId ?? passkeyDomain(publicUrl);
  if (id === null) return null;
  const own = ownOrigins(publicUrl).filter((origin) => covers(id, new URL(origin).hostname));
  const others = corsOrigins.filter((origin) => isSecure(new URL(origin).protocol, new URL(origin).hostname));
  const related = others.filter((origin) => origin.startsWith('https:') && !covers(id, new URL(origin).hostname));
  return { id, origins: [...own, ...others], related };
}

/** Returns whether a browser has passkeys on a page. The schemes of apps are trusted as their platform does. */
function isSecure(protocol: string, hostname: string): boolean {
  return protocol !== 'http:' || /(?:^|\.)localhost$/.test(hostname);
}
