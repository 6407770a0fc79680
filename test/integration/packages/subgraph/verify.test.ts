import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { base64url, SignJWT } from 'jose';
import {
  createVerifier,
  hasRole,
  hasScopes,
  type Identity,
  type IncomingRequest,
  verifyIdentity,
  type VerifierOptions,
} from '../../../../packages/subgraph/src/index.ts';
import {
  type IdentityKey,
  KANDI,
  type KeyServer,
  makeIdentityKey,
  type SignedIdentity,
  signIdentity,
  startKeyServer,
} from '../../../support/signed_identity.ts';

const BODY = '{"query":"{ orders { id } }"}';
const NAME = 'Gatehouse-Identity';

let key: IdentityKey;
let ecKey: IdentityKey;
let foreign: IdentityKey;
let gateway: KeyServer;
beforeAll(async () => {
  [key, ecKey, foreign] = await Promise.all([
    makeIdentityKey('one'),
    makeIdentityKey('two', 'ES256'),
    makeIdentityKey('one'),
  ]);
  gateway = await startKeyServer(key, ecKey);
});
afterAll(() => gateway.close());

const sign = (more: Partial<SignedIdentity> = {}) =>
  signIdentity({ key, issuer: gateway.url, subgraph: 'orders', body: BODY, ...more });
const verifier = (more: Partial<VerifierOptions> = {}) =>
  createVerifier({ issuer: gateway.url, subgraph: 'orders', ...more });
const request = (token: string | string[], body: string | Uint8Array = BODY) => ({ headers: { [NAME]: token }, body });
const codeOf = (asked: IncomingRequest, by = verifier()) =>
  by.verifyIdentity(asked).then(
    () => 'ACCEPTED',
    (error: any) => error.code ?? error,
  );

describe('an identity of the gateway', () => {
  it.each([
    [
      'a person',
      KANDI,
      { subject: 'kandi', role: 'user', scopes: ['account'], clientId: null, sessionId: 'the session of kandi' },
    ],
    [
      'an app of a person',
      { ...KANDI, client_id: 'an-app' },
      { subject: 'kandi', role: 'user', scopes: ['account'], clientId: 'an-app', sessionId: 'the session of kandi' },
    ],
    [
      'a person, with the last authentication',
      { ...KANDI, acr: 'urn:gatehouse:acr:2', auth_time: 1795600000 },
      {
        subject: 'kandi',
        role: 'user',
        scopes: ['account'],
        clientId: null,
        sessionId: 'the session of kandi',
        acr: 'urn:gatehouse:acr:2',
        authenticatedAt: new Date(1795600000_000),
      },
    ],
    [
      'a program',
      { sub: 'client:reports', scope: 'orders:audit account' },
      { subject: 'client:reports', role: null, scopes: ['orders:audit', 'account'], clientId: null, sessionId: null },
    ],
  ])('says which person or program it is for: %s', async (_who, claims, expected) => {
    const identity = await verifier().verifyIdentity(request(await sign({ claims })));
    expect(identity).toEqual({ anonymous: false, acr: null, authenticatedAt: null, ...expected });
  });

  it('says that it has no caller', async () => {
    expect(await verifier().verifyIdentity(request(await sign()))).toEqual({ anonymous: true });
  });

  it('may be signed by either algorithm', async () => {
    expect(await codeOf(request(await sign({ key: ecKey })))).toBe('ACCEPTED');
  });

  it('comes with a fetch Request, whose body stays readable', async () => {
    const asked = new Request('http://orders/graphql', {
      method: 'POST',
      headers: { [NAME]: await sign() },
      body: BODY,
    });
    expect(await codeOf(asked)).toBe('ACCEPTED');
    expect(await asked.text()).toBe(BODY);
  });

  it('comes with Headers, and with bytes', async () => {
    const body = new TextEncoder().encode(BODY);
    expect(await codeOf({ headers: new Headers({ [NAME]: await sign() }), body })).toBe('ACCEPTED');
  });

  it('is checked by one verifier however often the options are given', async () => {
    const options = { issuer: gateway.url, subgraph: 'orders' };
    const asked = request(await sign());
    await verifyIdentity(asked, options);
    await expect(verifyIdentity(asked, { ...options })).rejects.toMatchObject({ code: 'REPLAYED' });
  });
});

const NOBODY = { anonymous: false, clientId: null, authenticatedAt: null, acr: null } as const;

describe('scopes', () => {
  const identity = (...scopes: string[]) =>
    ({ ...NOBODY, subject: 'kandi', role: 'user', scopes, sessionId: 'one' }) as const;

  it.each([
    [identity('a', 'b'), ['a', 'b'], true],
    [identity('a'), ['a', 'b'], false],
    [identity('*'), ['a', 'b'], true],
    [identity(), ['*'], false],
    [identity(), [], true],
    [{ anonymous: true } as const, ['a'], false],
    [{ anonymous: true } as const, [], true],
  ])('%j has %j: %s', (who, required, expected) => expect(hasScopes(who, ...required)).toBe(expected));
});

describe('a role', () => {
  const admin = { ...NOBODY, subject: 'root', role: 'admin', scopes: ['account'], sessionId: 'one' } as const;

  it.each<[string, Identity, boolean]>([
    ['counts for a sign-in at the gateway', { ...admin, clientId: null }, true],
    ['counts for an app that may do everything', { ...admin, scopes: ['*'], clientId: 'an-app' }, true],
    ['does not count for an app that may do less', { ...admin, clientId: 'an-app' }, false],
    ['is the one that the person has', { ...admin, role: 'user', clientId: null }, false],
    ['is none of a program', { ...admin, role: null, scopes: ['*'], clientId: 'a-program', sessionId: null }, false],
    ['is none of the anonymous', { anonymous: true }, false],
  ])('%s', (_title, identity, expected) => expect(hasRole(identity, 'admin')).toBe(expected));
});

describe('a sender that is not the gateway', () => {
  const now = () => Math.floor(Date.now() / 1000);
  const unsigned = async () => {
    const [, payload] = (await sign({ claims: KANDI })).split('.');
    const header = { alg: 'none', kid: 'one', typ: 'gatehouse-identity+jwt' };
    return `${base64url.encode(JSON.stringify(header))}.${payload}.`;
  };
  /** Signs with the public key in the forms in which it could be taken for a shared secret. */
  const byPublicKey = (secret: string) => async () => {
    const claims = JSON.parse(Buffer.from((await sign({ claims: KANDI })).split('.')[1]!, 'base64url').toString());
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', kid: 'one', typ: 'gatehouse-identity+jwt' })
      .sign(Buffer.from(secret));
  };
  const tampered = async () => {
    const [header, , signature] = (await sign()).split('.');
    const [, payload] = (await sign({ claims: KANDI })).split('.');
    return `${header}.${payload}.${signature}`;
  };

  it.each<[string, string, () => Promise<string>]>([
    ['no JWT', 'MALFORMED', async () => 'kandi'],
    ['a JWT with padding', 'MALFORMED', async () => `${await sign()}=`],
    ['a JWT with a blank in it', 'MALFORMED', async () => (await sign()).replace('.', '. ')],
    ['a JWT in the other alphabet of base64', 'MALFORMED', async () => `${(await sign()).slice(0, -1)}+`],
    ['two of them in one line', 'MALFORMED', async () => `${await sign()}, ${await sign()}`],
    ['a JWT with alg none', 'SIGNATURE', unsigned],
    ['HS256 by the public key as it is published', 'SIGNATURE', () => byPublicKey(JSON.stringify(key.published))()],
    ['HS256 by the bytes of the public key', 'SIGNATURE', () => byPublicKey(key.published.x!)()],
    ['claims of another identity', 'SIGNATURE', tampered],
    ['a key of the same id', 'SIGNATURE', () => sign({ key: foreign, claims: KANDI })],
    ['a key id that is not published', 'SIGNATURE', () => sign({ header: { kid: 'three' } })],
    ['no key id', 'SIGNATURE', () => sign({ header: { kid: undefined } })],
    [
      'its own key in the header',
      'SIGNATURE',
      () => sign({ key: foreign, header: { kid: 'x', jwk: foreign.published } }),
    ],
    ['an access token', 'MALFORMED', () => sign({ claims: KANDI, header: { typ: 'at+jwt' } })],
    ['no type', 'MALFORMED', () => sign({ header: { typ: undefined } })],
    ['another gateway', 'ISSUER', () => sign({ issuer: 'http://elsewhere' })],
    ['no issuer', 'ISSUER', () => sign({ claims: { iss: undefined } })],
    ['an identity for another subgraph', 'AUDIENCE', () => sign({ subgraph: 'reviews' })],
    ['an identity for two subgraphs', 'AUDIENCE', () => sign({ claims: { aud: ['orders', 'reviews'] } })],
    ['an identity for this one in a list', 'AUDIENCE', () => sign({ claims: { aud: ['orders'] } })],
    ['an identity for nobody', 'AUDIENCE', () => sign({ claims: { aud: undefined } })],
    ['a stale one', 'EXPIRED', () => sign({ at: Date.now() - 66_000 })],
    ['one from the future', 'EARLY', () => sign({ at: Date.now() + 10_000 })],
    ['one that lives for too long', 'LIFETIME', () => sign({ claims: { exp: now() + 62 } })],
    ['one that began after its end', 'LIFETIME', () => sign({ claims: { iat: now() + 2, exp: now() + 1 } })],
    ['one without an end', 'MALFORMED', () => sign({ claims: { exp: undefined } })],
    ['one without a beginning', 'MALFORMED', () => sign({ claims: { iat: undefined } })],
    ['half a second', 'MALFORMED', () => sign({ claims: { exp: now() + 30.5 } })],
    ['one that can be used again and again', 'MALFORMED', () => sign({ claims: { jti: undefined } })],
    ['an empty id', 'MALFORMED', () => sign({ claims: { jti: '' } })],
    ['one for every body', 'MALFORMED', () => sign({ claims: { bsh: undefined } })],
    ['one for another body', 'BODY', () => sign({ body: `${BODY} ` })],
    ['one for an empty body', 'BODY', () => sign({ body: '' })],
    ['a person without a session', 'MALFORMED', () => sign({ claims: { ...KANDI, sid: undefined } })],
    ['a role without a person', 'MALFORMED', () => sign({ claims: { role: 'admin', sid: 'one' } })],
    ['scopes without a person', 'MALFORMED', () => sign({ claims: { scope: '*' } })],
    ['no name', 'MALFORMED', () => sign({ claims: { ...KANDI, sub: '' } })],
    ['a name that is no text', 'MALFORMED', () => sign({ claims: { ...KANDI, sub: 7 } })],
    ['a role that is no text', 'MALFORMED', () => sign({ claims: { ...KANDI, role: ['admin'] } })],
    ['a session that is no text', 'MALFORMED', () => sign({ claims: { ...KANDI, sid: 7 } })],
    ['a client without a person', 'MALFORMED', () => sign({ claims: { client_id: 'an-app' } })],
    ['a client without a name', 'MALFORMED', () => sign({ claims: { ...KANDI, client_id: '' } })],
    ['two clients', 'MALFORMED', () => sign({ claims: { ...KANDI, client_id: ['an-app', 'another'] } })],
    ['scopes in a list', 'MALFORMED', () => sign({ claims: { ...KANDI, scope: ['account'] } })],
  ])('is refused with %s: %s', async (_what, code, token) => {
    expect(await codeOf(request(await token()))).toBe(code);
  });

  it('is refused without an identity', async () => {
    expect(await codeOf({ headers: {}, body: BODY })).toBe('MISSING');
    expect(await codeOf(new Request('http://orders/', { method: 'POST', body: BODY }))).toBe('MISSING');
  });

  it('cannot choose which of two headers counts', async () => {
    const [own, better] = [await sign(), await sign({ claims: KANDI })];
    expect(await codeOf(request([own, better]))).toBe('MALFORMED');
    expect(await codeOf({ headers: { 'gatehouse-identity': own, 'Gatehouse-Identity': better }, body: BODY })).toBe(
      'MALFORMED',
    );
    const headers = new Headers([
      [NAME, own],
      [NAME, better],
    ]);
    expect(await codeOf({ headers, body: BODY })).toBe('MALFORMED');
  });

  it('cannot ask by the URL under the signature of a body, or of none', async () => {
    expect(await codeOf({ ...request(await sign()), method: 'GET' })).toBe('BODY');
    expect(await codeOf(request(await sign({ body: '' }), ''))).toBe('BODY');
    const headers = { [NAME]: await sign({ body: '' }) };
    expect(await codeOf(new Request('http://orders/?query={orders{id}}', { headers }))).toBe('BODY');
    expect(await codeOf(new Request('http://orders/?query={orders{id}}', { method: 'POST', headers }))).toBe('BODY');
  });

  it('cannot change the body, wherever and however little', async () => {
    const token = await sign({ claims: KANDI });
    const by = verifier();
    const bytes = Buffer.from(BODY);
    const other = fc.oneof(
      fc.uint8Array({ minLength: 1 }),
      fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, bits]) => {
        const changed = Uint8Array.from(bytes);
        changed[at]! ^= bits;
        return changed;
      }),
      fc.nat(bytes.length - 1).map((end) => bytes.subarray(0, end)),
      fc.uint8Array({ minLength: 1, maxLength: 3 }).map((more) => Buffer.concat([bytes, more])),
    );
    await fc.assert(
      fc.asyncProperty(other, async (body) => {
        fc.pre(!bytes.equals(body));
        expect(await codeOf(request(token, body), by)).toBe('BODY');
      }),
      { numRuns: 200 },
    );
    // None of these used the identity up.
    expect(await codeOf(request(token), by)).toBe('ACCEPTED');
  });
});

describe('clocks', () => {
  it('may be apart by the tolerance, and by no more', async () => {
    const at = 1_800_000_000_000;
    const asked = async (offset: number, tolerance?: number) =>
      codeOf(
        request(await sign({ at })),
        verifier({
          clock: () => at + offset,
          ...(tolerance === undefined ? {} : { clockToleranceSeconds: tolerance }),
        }),
      );
    expect(await asked(-5_000)).toBe('ACCEPTED');
    expect(await asked(-6_000)).toBe('EARLY');
    expect(await asked(64_000)).toBe('ACCEPTED');
    expect(await asked(65_000)).toBe('EXPIRED');
    expect(await asked(-1_000, 0)).toBe('EARLY');
    expect(await asked(60_000, 0)).toBe('EXPIRED');
  });
});

it.each([
  [60, 'ACCEPTED'],
  [61, 'LIFETIME'],
  [1, 'ACCEPTED'],
  [0, 'LIFETIME'],
])('an identity that lives for %i s is %s', async (seconds, code) => {
  const at = 1_800_000_000_000;
  const token = await sign({ at, claims: { exp: at / 1000 + seconds } });
  expect(await codeOf(request(token), verifier({ clock: () => at }))).toBe(code);
});

describe('a verifier', () => {
  it.each([
    ['no name', { subgraph: '' }],
    ['an issuer that is no address', { issuer: 'gatehouse' }],
    ['keys at no address', { jwksUrl: '/keys' }],
    ['a tolerance of 31 seconds', { clockToleranceSeconds: 31 }],
    ['a tolerance of less than nothing', { clockToleranceSeconds: -1 }],
    ['a tolerance that is no number', { clockToleranceSeconds: Number.NaN }],
    ['room for no identity', { maxReplays: 0 }],
  ])('is not made with %s', (_what, options) => expect(() => verifier(options)).toThrow());

  it.each([
    ['a tolerance of 30 seconds', { clockToleranceSeconds: 30 }],
    ['no tolerance', { clockToleranceSeconds: 0 }],
    ['room for one identity', { maxReplays: 1 }],
  ])('is made with %s', (_what, options) => expect(() => verifier(options)).not.toThrow());
});
