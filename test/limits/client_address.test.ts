import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isIP } from 'node:net';
import { createClientAddress, limitKey, networksOf } from '../../src/limits/client_address.ts';

const PROXY = '10.0.0.1';
const CLIENT = '203.0.113.9';

function addressOf(trustProxy: string[], remoteAddress: string | undefined, forwarded?: string | string[]): string {
  const headers = { 'x-forwarded-for': forwarded } as Record<string, string>;
  return createClientAddress(trustProxy)({ socket: { remoteAddress }, headers });
}

describe('the client address', () => {
  it.each([
    ['no trusted proxy', [], CLIENT, '192.0.2.1', CLIENT],
    ['no trusted proxy, not even the loopback address', [], '127.0.0.1', '192.0.2.1', '127.0.0.1'],
    ['a peer that is not trusted', ['10.0.0.0/8'], CLIENT, '192.0.2.1', CLIENT],
    ['a trusted peer without the header', ['10.0.0.0/8'], PROXY, undefined, PROXY],
    ['a trusted peer with an empty header', ['10.0.0.0/8'], PROXY, '', PROXY],
    ['a trusted peer', ['10.0.0.0/8'], PROXY, CLIENT, CLIENT],
    ['a trusted peer, configured by its address', [PROXY], PROXY, CLIENT, CLIENT],
    ['two trusted proxies', ['10.0.0.0/8', '192.168.0.0/16'], PROXY, `${CLIENT}, 192.168.0.4`, CLIENT],
    ['a client that claims to be another', ['10.0.0.0/8'], PROXY, `192.0.2.1, ${CLIENT}`, CLIENT],
    ['a client that claims to be a trusted proxy', ['10.0.0.0/8'], PROXY, `192.0.2.1, 10.0.0.2, ${CLIENT}`, CLIENT],
    ['a client within the trusted network', ['10.0.0.0/8'], PROXY, '10.0.0.7', '10.0.0.7'],
    ['several headers, as Node joins them', ['10.0.0.0/8'], PROXY, `192.0.2.1, ${CLIENT}, 10.0.0.3`, CLIENT],
    ['several headers, unjoined', ['10.0.0.0/8'], PROXY, ['192.0.2.1', CLIENT], CLIENT],
    ['an invalid entry in place of the client', ['10.0.0.0/8'], PROXY, 'unknown', PROXY],
    ['an invalid entry after a proxy', ['10.0.0.0/8'], PROXY, `${CLIENT}, <script>, 10.0.0.2`, '10.0.0.2'],
    ['an invalid entry further left', ['10.0.0.0/8'], PROXY, `_hidden, ${CLIENT}`, CLIENT],
    ['only commas', ['10.0.0.0/8'], PROXY, ' , ,,', PROXY],
    ['empty entries in between', ['10.0.0.0/8'], PROXY, `${CLIENT},, 10.0.0.2`, CLIENT],
    ['tabs', ['10.0.0.0/8'], PROXY, `192.0.2.1,\t${CLIENT}\t`, CLIENT],
    ['an address in octal', ['127.0.0.0/8'], '127.0.0.1', `${CLIENT}, 0177.0.0.1`, '127.0.0.1'],
    ['an address as one number', ['127.0.0.0/8'], '127.0.0.1', `${CLIENT}, 2130706433`, '127.0.0.1'],
    ['a shortened address', ['127.0.0.0/8'], '127.0.0.1', `${CLIENT}, 127.1`, '127.0.0.1'],
    ['a port', ['10.0.0.0/8'], PROXY, `${CLIENT}:50123, 10.0.0.2:80`, CLIENT],
    ['IPv6 with a port', ['10.0.0.0/8'], PROXY, '[2001:db8::1]:50123', '2001:db8::1'],
    ['IPv6 in brackets', ['10.0.0.0/8'], PROXY, '[2001:db8::1]', '2001:db8::1'],
    ['an IPv6 proxy', ['fd00::/8'], 'fd00::1', '2001:db8::1', '2001:db8::1'],
    ['a mapped peer', ['10.0.0.0/8'], `::ffff:${PROXY}`, CLIENT, CLIENT],
    ['a mapped peer that is not trusted', ['10.0.0.0/8'], `::ffff:${CLIENT}`, '192.0.2.1', CLIENT],
    ['a mapped client', ['10.0.0.0/8'], PROXY, `::ffff:${CLIENT}`, CLIENT],
    ['a zone', ['10.0.0.0/8'], 'fe80::1%eth0', undefined, 'fe80::1'],
    ['an invented zone', ['10.0.0.0/8'], PROXY, `2001:db8::1%${'x'.repeat(999)}`, '2001:db8::1'],
    ['a closed socket', [], undefined, CLIENT, 'unknown'],
    ['a closed socket, with a trusted network', ['10.0.0.0/8'], undefined, CLIENT, 'unknown'],
    ['proxies by name', ['loopback'], '::1', CLIENT, CLIENT],
  ])('%s', (_, trusted, peer, forwarded, expected) => {
    expect(addressOf(trusted, peer, forwarded)).toBe(expected);
  });

  it('is an address of the header or the peer, for any header', () => {
    const entry = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.string(),
      fc.constantFrom(PROXY, '10.0.0.2', ' ', '::ffff:10.0.0.1'),
    );
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 8 }), (entries) => {
        const address = addressOf(['10.0.0.0/8'], PROXY, entries.join(','));
        expect(isIP(address)).not.toBe(0);
      }),
    );
  });

  it('does not depend on the entries that a client adds to the left', () => {
    const rubbish = fc.oneof(fc.string(), fc.ipV4(), fc.constantFrom(PROXY, `${PROXY}, ${PROXY}`));
    fc.assert(
      fc.property(rubbish, (written) => {
        expect(addressOf(['10.0.0.0/8'], PROXY, `${written}, ${CLIENT}, 10.0.0.3`)).toBe(CLIENT);
      }),
    );
  });

  it.each(['example.org', '10.0.0.0/33', '10.0.0.0/x', ''])('throws at once for the trusted proxy %p', (trusted) => {
    expect(() => createClientAddress([trusted])).toThrow(TypeError);
  });
});

describe('limitKey', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['::192.0.2.1', '192.0.2.1'],
    ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:1::5:6:7:8', '2001:db8:1:0::/64'],
    ['2001:db8:1:2:3:4:192.0.2.1', '2001:db8:1:2::/64'],
    ['::1:2:3:4:5:6:7', '0:1:2:3::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['fe80::1%2', 'fe80:0:0:0::/64'],
    ['', 'unknown'],
    ['unknown', 'unknown'],
    ['192.0.2.256', 'unknown'],
    ['2001:db8::1::2', 'unknown'],
    ['192.0.2.1 ; x', 'unknown'],
  ])('%p is %p', (address, key) => {
    expect(limitKey(address)).toBe(key);
  });

  it('is the same for all spellings of a /64, and differs for the next /64', () => {
    const group = fc.integer({ min: 0, max: 0xffff });
    fc.assert(
      fc.property(
        fc.array(group, { minLength: 8, maxLength: 8 }),
        fc.array(group, { minLength: 4, maxLength: 4 }),
        (groups, host) => {
          fc.pre(groups.slice(0, 5).some((part) => part !== 0));
          const write = (parts: number[]) => parts.map((part) => part.toString(16)).join(':');
          const network = groups.slice(0, 4);
          const canonical = new URL(`http://[${write(groups)}]`).hostname.slice(1, -1);
          expect(limitKey(canonical)).toBe(limitKey(write(groups).toUpperCase()));
          if (network.some((part) => part !== 0))
            expect(limitKey(write([...network, ...host]))).toBe(limitKey(canonical));
          const next = [...network.slice(0, 3), (network[3] ?? 0) ^ 1, ...host];
          expect(limitKey(write(next))).not.toBe(limitKey(canonical));
        },
      ),
    );
  });
});

describe('networksOf', () => {
  it.each([
    ['192.0.2.1', ['192.0.2.1']],
    ['::ffff:192.0.2.1', ['192.0.2.1']],
    ['2001:db8:1:2:3:4:5:6', ['2001:db8:1::/48', '2001:db8:1:2::/64']],
    ['unknown', ['unknown']],
  ])('returns for %p the networks %p, the widest first', (address, networks) => {
    expect(networksOf(address)).toEqual(networks);
  });
});
