import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isIP, isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';
import proxyAddr from 'proxy-addr';

/** The address of a peer whose socket is already closed. All such peers share one limit. */
const UNKNOWN = 'unknown';

export interface Addressed {
  readonly socket: { readonly remoteAddress?: string | undefined };
  readonly headers: IncomingHttpHeaders;
}

/**
 * Creates the function that returns a client's address: the socket's, unless that peer is in `trustProxy`. Then it
 * reads `X-Forwarded-For` from right to left as far as trusted proxies wrote it. Threat: a client can send any entry
 * further left. An entry that is not an address ends the walk before it.
 * @param trustProxy CIDRs or addresses
 * @throws TypeError at once if `trustProxy` has another entry
 */
export function createClientAddress(trustProxy: readonly string[]): (request: Addressed) => string {
  const isTrusted = proxyAddr.compile([...trustProxy]);
  // proxy-addr also accepts forms such as 127.1 or 0x7f000001, which no proxy writes.
  const trust = (entry: string, hops: number) => isIP(bare(entry)) !== 0 && isTrusted(bare(entry), hops);

  const known = (hop: string | undefined) => unmapped(hop !== undefined && isIP(hop) !== 0 ? hop : UNKNOWN);

  return ({ socket, headers }) => {
    if (trustProxy.length === 0) return known(bare(socket.remoteAddress ?? ''));
    const forwarded = [headers['x-forwarded-for'] ?? []].flat().join(',');
    const request = {
      socket: { remoteAddress: socket.remoteAddress ?? '' },
      headers: { 'x-forwarded-for': forwarded },
    };
    const hops = proxyAddr.all(request as unknown as IncomingMessage, trust).map(bare);
    // Only the last one can be something else: the walk ends at the first untrusted entry.
    return known(hops.findLast((hop) => isIP(hop) !== 0));
  };
}

/**
 * Returns the key of an address in counters: IPv4 unchanged, also if it is mapped into IPv6; IPv6 by its /64. Threat: a
 * /64 is the least that one customer gets (RFC 6177), so that walking through it costs an attacker nothing.
 */
export function limitKey(address: string): string {
  const plain = unmapped(bare(address));
  if (isIP(plain) === 0) return UNKNOWN;
  if (isIPv4(plain)) return plain;
  return networkOf(plain, 64);
}

/**
 * Returns the networks that share a scarce resource, the widest first: for IPv6 the /48, then the {@link limitKey}. A
 * /48 is the most that one customer gets (RFC 6177), and holds 65,536 networks of /64.
 */
export function networksOf(address: string): readonly string[] {
  const narrow = limitKey(address);
  const plain = unmapped(bare(address));
  return isIP(plain) === 6 ? [networkOf(plain, 48), narrow] : [narrow];
}

function networkOf(plain: string, bits: number): string {
  const network = ipaddr.IPv6.parse(plain).parts.slice(0, bits / 16);
  return `${network.map((group) => group.toString(16)).join(':')}::/${bits}`;
}

/** Removes the zone, and the port that some proxies write: `192.0.2.1:50000`, `[2001:db8::1]:50000`. */
function bare(entry: string): string {
  const text = entry.trim().replace(/%[^\]]*/, '');
  return /^\[(.+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
}

/** Converts a mapped address of a dual-stack socket, such as `::ffff:192.0.2.1`, to IPv4. */
function unmapped(address: string): string {
  if (isIP(address) !== 6) return address;
  const parsed = ipaddr.IPv6.parse(address);
  return parsed.isIPv4MappedAddress() ? parsed.toIPv4Address().toString() : address;
}
