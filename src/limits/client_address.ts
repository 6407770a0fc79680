import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isIP, isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';
import proxyAddr from 'proxy-addr';

/** What stands for a peer without an address: a socket already gone. All of them share one limit. */
const UNKNOWN = 'unknown';

export interface Addressed {
  readonly socket: { readonly remoteAddress?: string | undefined };
  readonly headers: IncomingHttpHeaders;
}

/**
 * The client's address: the socket's, unless that peer is one of `trustProxy` (CIDRs or addresses). Then
 * `X-Forwarded-For` is read from right to left, as far as trusted proxies wrote it: what stands further left is
 * whatever the client liked to send. An entry that is no address ends the walk before it.
 * @throws TypeError at once where `trustProxy` holds something else.
 */
export function createClientAddress(trustProxy: readonly string[]): (request: Addressed) => string {
  const isTrusted = proxyAddr.compile([...trustProxy]);
  // proxy-addr also reads forms like 127.1 or 0x7f000001 as addresses; nothing that writes this header does.
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
    // Only the last can be anything but an address: the walk ends at the first that is not trusted.
    return known(hops.findLast((hop) => isIP(hop) !== 0));
  };
}

/**
 * Under what an address is counted: IPv4 as it is, also when it comes mapped into IPv6; IPv6 by its /64, which is the
 * least that one customer gets (RFC 6177) and so costs a guesser nothing to walk through.
 */
export function limitKey(address: string): string {
  const plain = unmapped(bare(address));
  if (isIP(plain) === 0) return UNKNOWN;
  if (isIPv4(plain)) return plain;
  return networkOf(plain, 64);
}

/**
 * The networks that what there is too little of is shared among, the widest first: under what an address is counted, and
 * of IPv6 the /48 before it, which is the most that one customer gets (RFC 6177) and holds 65,536 of the others.
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

/** Without the zone, and without the port that some proxies write: `192.0.2.1:50000`, `[2001:db8::1]:50000`. */
function bare(entry: string): string {
  const text = entry.trim().replace(/%[^\]]*/, '');
  return /^\[(.+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
}

/** `::ffff:192.0.2.1`, what a dual-stack socket calls an IPv4 peer, as IPv4. */
function unmapped(address: string): string {
  if (isIP(address) !== 6) return address;
  const parsed = ipaddr.IPv6.parse(address);
  return parsed.isIPv4MappedAddress() ? parsed.toIPv4Address().toString() : address;
}
