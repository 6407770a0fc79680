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
/** Until when what was signed may be accepted, as the keys were told. */
let noted: number[];
/** Two keys under one secret: an id is of one algorithm. */
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

/** Signs claims as the server would. */
const forge = (claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}, secret = SECRET) =>
  new SignJWT({ ...GOOD, ...claims }).setProtectedHeader({ ...HEADER, ...header }).sign(secret);
const reasonOf = (token: string, by = tokens()) =>
  by.verify(token).then(
    () => 'ACCEPTED',
    (error: any) => error.reason ?? error,
  );

describe('an access token is accepted', () => {
  it('as it was issued', async () => {
    const { issue, verify } = tokens();
    const subject = { sub: 'kandi', role: 'user', sid: 'a session', scope: 'account' };
    const { token, jti, expiresIn } = await issue(subject, new Date(START), new Date(START + 86_400_000));
    expect(expiresIn).toBe(1800);
    expect(noted).toEqual([START + (1800 + 125) * 1000]);
    expect(await verify(token)).toEqual({ ...subject, jti, iat: SECONDS, exp: SECONDS + 1800 });
  });

  it('with what only some have', async () => {
    const { issue, verify } = tokens();
    const subject = { sub: 'client:app', scope: '', clientId: 'app', narrowed: true as const };
    const { token } = await issue(subject, new Date(START), new Date(START + 86_400_000));
    const claims = await verify(token);
    expect(claims).toMatchObject({ sub: 'client:app', clientId: 'app', narrowed: true });
    expect(Object.keys(claims).sort()).toEqual(['clientId', 'exp', 'iat', 'jti', 'narrowed', 'sub']);
  });

  it.each(['RS256', 'ES256', 'EdDSA'])('under a key of %s', async (algorithm) => {
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

  it('no longer than its session', async () => {
    const { issue, verify } = tokens();
    const subject = { sub: 'kandi', role: 'user', sid: 'a session', scope: '' };
    const { token, expiresIn } = await issue(subject, new Date(START), new Date(START + 60_999));
    expect([expiresIn, (await verify(token)).exp]).toEqual([60, SECONDS + 60]);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['signed by a clock two minutes ahead', { iat: SECONDS + 120, exp: SECONDS + 1000 }, 'ACCEPTED'],
    ['signed by a clock further ahead', { iat: SECONDS + 121, exp: SECONDS + 1000 }, 'INVALID'],
    ['over for less than five seconds', { exp: SECONDS - 4 }, 'ACCEPTED'],
    ['over for five seconds', { exp: SECONDS - 5 }, 'EXPIRED'],
    ['of a person', {}, 'ACCEPTED'],
    ['of a program', { role: undefined, sid: undefined }, 'ACCEPTED'],
    ['without a scope', { scope: undefined }, 'ACCEPTED'],
    ['of an app', { client_id: 'app' }, 'ACCEPTED'],
    ['that was narrowed', { narrowed: true }, 'ACCEPTED'],
    ['narrowed in another word', { narrowed: false }, 'INVALID'],
    ['of a role without a session', { sid: undefined }, 'INVALID'],
    ['of a session without a role', { role: undefined }, 'INVALID'],
    ['without a name', { sub: undefined }, 'INVALID'],
    ['without an id', { jti: undefined }, 'INVALID'],
    ['without a beginning', { iat: undefined }, 'INVALID'],
    ['without an end', { exp: undefined }, 'INVALID'],
    ['of another issuer', { iss: 'https://elsewhere.example' }, 'INVALID'],
    ['without an issuer', { iss: undefined }, 'INVALID'],
    ['for another audience', { aud: 'another' }, 'INVALID'],
    ['for no audience', { aud: undefined }, 'INVALID'],
    ['whose name is no text', { sub: 7 }, 'INVALID'],
    ['whose role is no text', { role: ['admin'] }, 'INVALID'],
    ['whose session is no text', { sid: 7 }, 'INVALID'],
    ['whose id is no text', { jti: 7 }, 'INVALID'],
    ['whose scope is no text', { scope: ['account'] }, 'INVALID'],
    ['whose client is no text', { client_id: 7 }, 'INVALID'],
    ['whose end is no number', { exp: `${SECONDS + 1800}` }, 'INVALID'],
    ['whose beginning is no number', { iat: `${SECONDS}` }, 'INVALID'],
  ])('or not, %s', async (_which, claims, expected) => {
    expect(await reasonOf(await forge(claims))).toBe(expected);
  });

  it.each<[string, Record<string, unknown>]>([
    ['an ID token', { typ: 'JWT' }],
    ['of no type', { typ: undefined }],
    ['of no key', { kid: undefined }],
    ['of a key that is not known', { kid: 'two' }],
    ['of a key of another algorithm', { kid: 'es' }],
    ['of an algorithm with a longer digest', { alg: 'HS512' }],
  ])('never: one %s', async (_which, header) => {
    expect(await reasonOf(await forge({}, header, Buffer.alloc(64, 1)))).toBe('INVALID');
    expect(await reasonOf(await forge({}, header, SECRET).catch(() => 'none'))).toBe('INVALID');
  });

  it('never: one that another secret signed', async () => {
    expect(await reasonOf(await forge({}, {}, Buffer.alloc(32, 2)))).toBe('INVALID');
  });
});

describe('a token that was found good', () => {
  it('is over to the second, by the clock that ended it', async () => {
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

  it('is verified again where its key counts no more', async () => {
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
