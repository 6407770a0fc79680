import { createSecretKey } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { generateKeyPair, SignJWT } from 'jose';
import { createAccessTokens } from '../../src/tokens/access_token.ts';
import type { Keys } from '../../src/keys/keys.ts';

const SECRET = Buffer.alloc(32, 1);
const key = createSecretKey(SECRET);
const CONFIG = { accessTokenSeconds: 1800, issuer: 'https://auth.example', audience: 'gatehouse' };
const START = 1_800_000_000_000;
const SECONDS = START / 1000;

let now: number;
let counts: boolean;
/** The times that the keys were asked to record. */
let noted: number[];
/** Two keys with one secret. Each id has one algorithm. */
const keys = {
  signing: { kid: 'one', algorithm: 'HS256', key, secret: key },
  verifying: (kid: string) => ({ one: { kid, algorithm: 'HS256', key }, es: { kid, algorithm: 'ES256', key } })[kid],
  counts: () => counts,
  noteSigning: async (until: number) => void noted.push(until),
} as unknown as Keys;
const tokens = () => createAccessTokens(keys, CONFIG, () => now);
beforeEach(() => {
  now = START;
  counts = true;
  noted = [];
});

const GOOD = {
  iss: CONFIG.issuer,
  aud: CONFIG.audience,
  sub: 'kandi',
  role: 'user',
  sid: 'a session',
  scope: 'account',
  iat: SECONDS,
  exp: SECONDS + 1800,
  jti: 'one token',
};
const HEADER = { alg: 'HS256', typ: 'at+jwt', kid: 'one' };

/** Signs claims as the server does. */
const forge = (claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}, secret = SECRET) =>
  new SignJWT({ ...GOOD, ...claims }).setProtectedHeader({ ...HEADER, ...header }).sign(secret);
const reasonOf = (token: string, by = tokens()) =>
  by.verify(token).then(
    () => 'ACCEPTED',
    (error: any) => error.reason ?? error,
  );

describe('verify', () => {
  it('returns the claims of an issued token', async () => {
    const { issue, verify } = tokens();
    const subject = { sub: 'kandi', role: 'user', sid: 'a session', scope: 'account' };
    const { token, jti, expiresIn } = await issue(subject, new Date(START), new Date(START + 86_400_000));
    expect(expiresIn).toBe(1800);
    expect(noted).toEqual([START + (1800 + 125) * 1000]);
    expect(await verify(token)).toEqual({ ...subject, jti, iat: SECONDS, exp: SECONDS + 1800 });
  });

  it('returns the claims of a narrowed token of a client', async () => {
    const { issue, verify } = tokens();
    const subject = { sub: 'client:app', scope: '', clientId: 'app', narrowed: true as const };
    const { token } = await issue(subject, new Date(START), new Date(START + 86_400_000));
    const claims = await verify(token);
    expect(claims).toMatchObject({ sub: 'client:app', clientId: 'app', narrowed: true });
    expect(Object.keys(claims).sort()).toEqual(['clientId', 'exp', 'iat', 'jti', 'narrowed', 'sub']);
  });

  it.each(['RS256', 'ES256', 'EdDSA'])('accepts a token signed with %s', async (algorithm) => {
    const pair = await generateKeyPair(algorithm);
    const pairs = {
      signing: { kid: 'one', algorithm, key: pair.privateKey },
      verifying: (kid: string) => ({ kid, algorithm, key: pair.publicKey }),
      counts: () => true,
      noteSigning: async () => {},
    } as unknown as Keys;
    const { issue, verify } = createAccessTokens(pairs, CONFIG, () => now);
    const subject = { sub: 'kandi', role: 'user', sid: 'a session', scope: '' };
    const { token } = await issue(subject, new Date(START), new Date(START + 86_400_000));
    expect(await verify(token)).toMatchObject({ sub: 'kandi' });
  });

  it('returns an expiry no later than the end of the session', async () => {
    const { issue, verify } = tokens();
    const subject = { sub: 'kandi', role: 'user', sid: 'a session', scope: '' };
    const { token, expiresIn } = await issue(subject, new Date(START), new Date(START + 60_999));
    expect([expiresIn, (await verify(token)).exp]).toEqual([60, SECONDS + 60]);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['issued two minutes ahead', { iat: SECONDS + 120, exp: SECONDS + 1000 }, 'ACCEPTED'],
    ['issued more than two minutes ahead', { iat: SECONDS + 121, exp: SECONDS + 1000 }, 'INVALID'],
    ['expired for less than five seconds', { exp: SECONDS - 4 }, 'ACCEPTED'],
    ['expired for five seconds', { exp: SECONDS - 5 }, 'EXPIRED'],
    ['of a user', {}, 'ACCEPTED'],
    ['of a client itself', { role: undefined, sid: undefined }, 'ACCEPTED'],
    ['without a scope', { scope: undefined }, 'ACCEPTED'],
    ['of an app', { client_id: 'app' }, 'ACCEPTED'],
    ['that was narrowed', { narrowed: true }, 'ACCEPTED'],
    ['whose narrowed is not true', { narrowed: false }, 'INVALID'],
    ['with a role but no session', { sid: undefined }, 'INVALID'],
    ['with a session but no role', { role: undefined }, 'INVALID'],
    ['without sub', { sub: undefined }, 'INVALID'],
    ['without jti', { jti: undefined }, 'INVALID'],
    ['without iat', { iat: undefined }, 'INVALID'],
    ['without exp', { exp: undefined }, 'INVALID'],
    ['of another issuer', { iss: 'https://elsewhere.example' }, 'INVALID'],
    ['without an issuer', { iss: undefined }, 'INVALID'],
    ['for another audience', { aud: 'another' }, 'INVALID'],
    ['without an audience', { aud: undefined }, 'INVALID'],
    ['whose sub is not a string', { sub: 7 }, 'INVALID'],
    ['whose role is not a string', { role: ['admin'] }, 'INVALID'],
    ['whose sid is not a string', { sid: 7 }, 'INVALID'],
    ['whose jti is not a string', { jti: 7 }, 'INVALID'],
    ['whose scope is not a string', { scope: ['account'] }, 'INVALID'],
    ['whose client_id is not a string', { client_id: 7 }, 'INVALID'],
    ['whose exp is not a number', { exp: `${SECONDS + 1800}` }, 'INVALID'],
    ['whose iat is not a number', { iat: `${SECONDS}` }, 'INVALID'],
  ])('judges a token %s', async (_which, claims, expected) => {
    expect(await reasonOf(await forge(claims))).toBe(expected);
  });

  it.each<[string, Record<string, unknown>]>([
    ['with the type of an ID token', { typ: 'JWT' }],
    ['without a type', { typ: undefined }],
    ['without a key id', { kid: undefined }],
    ['with an unknown key id', { kid: 'two' }],
    ['with the key id of another algorithm', { kid: 'es' }],
    ['with HS512 instead of HS256', { alg: 'HS512' }],
  ])('rejects a token %s', async (_which, header) => {
    expect(await reasonOf(await forge({}, header, Buffer.alloc(64, 1)))).toBe('INVALID');
    expect(await reasonOf(await forge({}, header, SECRET).catch(() => 'none'))).toBe('INVALID');
  });

  it('rejects a token signed with another secret', async () => {
    expect(await reasonOf(await forge({}, {}, Buffer.alloc(32, 2)))).toBe('INVALID');
  });
});

describe('a cached token', () => {
  it('expires to the second, by the current clock', async () => {
    const by = tokens();
    const token = await forge({ exp: SECONDS + 60 });
    expect(await reasonOf(token, by)).toBe('ACCEPTED');
    now += 64_999;
    expect(await reasonOf(token, by)).toBe('ACCEPTED');
    now += 1;
    expect(await reasonOf(token, by)).toBe('EXPIRED');
    now -= 10_000;
    expect(await reasonOf(token, by)).toBe('ACCEPTED');
  });

  it('is verified again once its key is retired', async () => {
    let asked = 0;
    const counted = {
      ...keys,
      verifying: (kid: string) => {
        asked++;
        return counts ? keys.verifying(kid) : undefined;
      },
    };
    const by = createAccessTokens(counted, CONFIG, () => now);
    const token = await forge();
    for (let times = 0; times < 3; times++) expect(await reasonOf(token, by)).toBe('ACCEPTED');
    expect(asked).toBe(1);
    counts = false;
    expect(await reasonOf(token, by)).toBe('INVALID');
    expect(asked).toBe(2);
  });
});
