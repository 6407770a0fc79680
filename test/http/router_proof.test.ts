import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { anyProof, identityProof, routerSecretProof, showsIdentity } from '../../src/http/middleware/router_proof.ts';

const SECRET = 'a secret of routers, 32 bytes or more';

/** Returns a request with these header lines, as Node stores them. */
const request = (lines: [name: string, value: string][], more: object = {}) =>
  ({
    method: 'POST',
    rawHeaders: lines.flat(),
    headers: Object.fromEntries(lines.map(([name, value]) => [name.toLowerCase(), value])),
    headersDistinct: Object.fromEntries(
      lines.map(([name]) => [
        name.toLowerCase(),
        lines.filter(([other]) => other.toLowerCase() === name.toLowerCase()).map(([, value]) => value),
      ]),
    ),
    ...more,
  }) as unknown as IncomingMessage & { bytes?: Uint8Array };

describe('a router proves itself by its secret', () => {
  it.each<[string, [string, string][], boolean]>([
    ['alone', [['Gatehouse-Router', SECRET]], true],
    ['in any case of the name', [['gatehouse-router', SECRET]], true],
    ['not by another', [['Gatehouse-Router', `${SECRET}x`]], false],
    ['not by a part of it', [['Gatehouse-Router', SECRET.slice(1)]], false],
    ['not by nothing', [['Gatehouse-Router', '']], false],
    ['not without the header', [['Gatehouse', SECRET]], false],
    [
      'not beside a header that a client sent',
      [
        ['Gatehouse-Router', SECRET],
        ['Gatehouse-Router', 'x'],
      ],
      false,
    ],
    [
      'not behind a header that a client sent',
      [
        ['Gatehouse-Router', 'x'],
        ['Gatehouse-Router', SECRET],
      ],
      false,
    ],
    [
      'not twice',
      [
        ['Gatehouse-Router', SECRET],
        ['Gatehouse-Router', SECRET],
      ],
      false,
    ],
  ])('%s', async (_how, lines, expected) => {
    expect(await routerSecretProof(SECRET)(request(lines))).toBe(expected);
  });

  it.each(['', 'undefined', SECRET])('and no router does without a configured secret: %j', async (shown) => {
    expect(await routerSecretProof(undefined)(request([['Gatehouse-Router', shown]]))).toBe(false);
  });
});

describe('a gateway proves itself by its identity', () => {
  const bytes = new TextEncoder().encode('{}');
  const proof = (holds: boolean) => {
    const asked: unknown[] = [];
    const verifyIdentity = async (one: unknown) => {
      asked.push(one);
      if (!holds) throw new Error('no');
      return { anonymous: true } as const;
    };
    return { asked, proves: identityProof({ verifyIdentity }) };
  };

  it('over the bytes of the body, with every header line that it sent', async () => {
    const { asked, proves } = proof(true);
    const lines: [string, string][] = [
      ['Gatehouse-Identity', 'one'],
      ['Gatehouse-Identity', 'two'],
    ];
    expect(await proves(request(lines, { bytes }))).toBe(true);
    expect(asked).toEqual([{ method: 'POST', headers: { 'gatehouse-identity': ['one', 'two'] }, body: bytes }]);
  });

  it('and not by an invalid one, or without the bytes', async () => {
    expect(await proof(false).proves(request([['Gatehouse-Identity', 'one']], { bytes }))).toBe(false);
    const { asked, proves } = proof(true);
    expect(await proves(request([['Gatehouse-Identity', 'one']]))).toBe(false);
    expect(asked).toEqual([]);
  });

  it('so its bytes are kept', () => {
    expect(showsIdentity(request([['Gatehouse-Identity', 'one']]))).toBe(true);
    expect(showsIdentity(request([['Gatehouse-Router', 'one']]))).toBe(false);
  });
});

it.each([
  [[true, false], true],
  [[false, true], true],
  [[false, false], false],
  [[], false],
])('one of several proofs is sufficient: %j: %s', async (holding, expected) => {
  const proofs = holding.map((holds) => async () => holds);
  expect(await anyProof(...proofs)(request([]))).toBe(expected);
});
