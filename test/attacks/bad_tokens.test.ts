import { createHmac, createPublicKey, generateKeyPairSync, sign as signWith } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { SYSTEM } from '../../src/kernel/actor.ts';
import {
  LogoutDocument,
  RevokeUserSessionsDocument,
  SetUserDisabledDocument,
  SetUserPasswordDocument,
} from '../../schema/documents.ts';
import { deriveKey } from '../../src/kernel/secret.ts';
import { createAccounts } from '../../src/application/accounts/accounts.ts';
import { createAuthenticate, personOf } from '../../src/application/authentication/principal.ts';
import { createUnitOfWork } from '../../src/application/foundation/unit_of_work.ts';
import { createLogin } from '../../src/application/sessions/login.ts';
import { createVerifyPassword } from '../../src/application/authentication/steps/password.ts';
import { createLogout } from '../../src/application/sessions/logout.ts';
import { createRefresh } from '../../src/application/sessions/refresh.ts';
import { eraseUser, findUser } from '../../src/users/users.ts';
import { expectClosed } from '../support/error_table.ts';
import { ADMIN, type Instance, startInstance } from '../support/instance.ts';
import { noteSecrets } from '../support/log_file.ts';
import { adminToken, createUser, type Person } from '../support/accounts.ts';
import { sendRaw } from '../support/raw_request.ts';
import { openEmbeddedServices, SECRET } from '../support/open_stores.ts';

type Json = Record<string, unknown>;
type Signer = (input: string) => string;

const ISSUER = 'https://auth.example';
const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const hmac =
  (key: Buffer | string): Signer =>
  (input) =>
    createHmac('sha256', key).update(input).digest('base64url');

/** Makes any JWT, because no library would sign some of these. */
function jwt(header: unknown, claims: unknown, sign: Signer): string {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${sign(input)}`;
}

describe('a bearer token', () => {
  let now = Date.now();
  const seconds = () => Math.floor(now / 1000);
  let first: Instance;
  /** Signs with RS256, so it publishes a key. */
  let target: Instance;
  let kandi: Person;
  /** The header and the claims of this server's own tokens. */
  let header: Json;
  let claims: Json;
  let shown: Json;
  let refreshToken: string;
  const ours = hmac(deriveKey(SECRET, 'access-token'));

  beforeAll(async () => {
    first = await startInstance({ clock: () => now, env: { JWT_SECRET_KEY: SECRET, JWT_ISSUER: ISSUER } });
    target = await first.replica({ ALGORITHM: 'RS256' });
    kandi = await createUser(first);
    const tokens = await first.client.login(kandi.username, kandi.password);
    header = { ...decodeProtectedHeader(tokens.accessToken) };
    claims = { ...decodeJwt(tokens.accessToken) };
    refreshToken = tokens.refreshToken;
    shown = ((await (await fetch(`${target.url}/.well-known/jwks.json`)).json()) as { keys: Json[] }).keys[0]!;
  });
  afterAll(async () => {
    await target.stop();
    await first.close();
  });

  const forge = (more: { header?: Json; claims?: Json; sign?: Signer } = {}) =>
    jwt({ ...header, ...more.header }, { ...claims, ...more.claims }, more.sign ?? ours);
  const bearer = (token: string) => [`Bearer ${token}`];

  interface Answers {
    /** `me`: the code with its reason, or `ok`. */
    readonly graphql: string;
    /** `/users/me`: the error, or `ok`. */
    readonly rest: string;
  }
  const ok: Answers = { graphql: 'ok', rest: 'ok' };

  const post = async (query: string, authorization: readonly string[]) => {
    const answer = await sendRaw(
      target.url,
      'POST /graphql',
      ['Content-Type: application/json', 'Accept: application/graphql-response+json', ...lines(authorization)],
      JSON.stringify({ query }),
    );
    const body = JSON.parse(answer.body);
    expectClosed(body.errors);
    return { ...answer, ...body };
  };
  const lines = (authorization: readonly string[]) => authorization.map((value) => `Authorization: ${value}`);
  const challengeOf = ({ headers }: { headers: readonly (readonly [string, string])[] }) =>
    headers.filter(([name]) => name === 'www-authenticate').map(([, value]) => value);

  /**
   * Returns the answers of both doors to these `Authorization` headers. Checks the status and the challenge of a
   * refusal.
   */
  async function ask(authorization: readonly string[]): Promise<Answers> {
    const graphql = await post('{ me { username } }', authorization);
    const rest = await sendRaw(target.url, 'GET /users/me', lines(authorization));
    const { error } = JSON.parse(rest.body);
    const [refusal] = graphql.errors ?? [];
    if (!refusal) expect(graphql.data.me.username).toBe(kandi.username);
    else {
      expect(refusal.message).toBe('Could not validate credentials');
      const challenge = refusal.extensions.reason === 'MISSING' ? 'Bearer' : 'Bearer error="invalid_token"';
      expect({ status: graphql.status, challenge: challengeOf(graphql) }).toEqual({
        status: 401,
        challenge: [challenge],
      });
      expect({ status: rest.status, challenge: challengeOf(rest) }).toEqual({ status: 401, challenge: [challenge] });
    }
    return {
      graphql: refusal ? `${refusal.extensions.code}/${refusal.extensions.reason}` : 'ok',
      rest: error ?? (rest.status === 200 ? 'ok' : `status ${rest.status}`),
    };
  }

  /** Public fields never look up the caller. */
  async function askPublic(authorization: readonly string[]): Promise<void> {
    const { username, password } = kandi;
    const query = await post('{ __typename }', authorization);
    expect(query.data).toEqual({ __typename: 'Query' });
    const login = await post(
      `mutation { login(username: "${username}", password: "${password}") { tokenType } }`,
      authorization,
    );
    expect(login.data).toEqual({ login: { tokenType: 'bearer' } });
    const refresh = await post(`mutation { refresh(refreshToken: "${refreshToken}") { refreshToken } }`, authorization);
    expect(refresh.errors).toBeUndefined();
    refreshToken = refresh.data.refresh.refreshToken;
    noteSecrets(refreshToken);
  }

  const ANY_TYPE: unknown[] = [1, true, null, ['x'], { x: 1 }];
  const LATER: Record<string, () => Json> = {
    iat: () => ({ iat: seconds() + 121, exp: seconds() + 600 }),
    nbf: () => ({ nbf: seconds() + 6 }),
  };
  const publicKey = () => createPublicKey({ key: shown, format: 'jwk' });
  /** Secrets that a verifier could wrongly make from the bytes of the public key. */
  const PUBLIC_SECRETS: Record<string, () => Buffer | string> = {
    PEM: () => publicKey().export({ type: 'spki', format: 'pem' }),
    'PEM without its last line break': () => String(publicKey().export({ type: 'spki', format: 'pem' })).trim(),
    'PKCS #1': () => publicKey().export({ type: 'pkcs1', format: 'pem' }),
    DER: () => publicKey().export({ type: 'spki', format: 'der' }),
    JWK: () => JSON.stringify(shown),
    modulus: () => Buffer.from(String(shown['n']), 'base64url'),
  };
  const theirs = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const signTheirs: Signer = (input) => signWith('sha256', Buffer.from(input), theirs.privateKey).toString('base64url');
  const theirJwk = theirs.publicKey.export({ format: 'jwk' });

  const invalid: Record<string, () => readonly string[]> = {
    // The header's form.
    empty: () => [''],
    blank: () => ['   '],
    'the scheme alone': () => ['Bearer'],
    'the scheme and a blank': () => ['Bearer '],
    'no scheme': () => [forge()],
    'another scheme': () => [`Basic ${Buffer.from(`${kandi.username}:${kandi.password}`).toString('base64')}`],
    DPoP: () => [`DPoP ${forge()}`],
    'a tab after the scheme': () => [`Bearer\t${forge()}`],
    'a comma after the scheme': () => [`Bearer, ${forge()}`],
    'a quoted token': () => [`Bearer "${forge()}"`],
    'two tokens': () => [`Bearer ${forge()} ${forge()}`],
    'two tokens in a list': () => [`Bearer ${forge()}, Bearer ${forge()}`],
    'two headers': () => [...bearer(forge()), ...bearer(forge())],
    'two headers, the first of another scheme': () => ['Basic x', ...bearer(forge())],
    'two headers, the second empty': () => [...bearer(forge()), ''],
    'bytes that are no text': () => ['Bearer \u00ff\u00fe'],
    'five thousand characters': () => bearer('x'.repeat(5_000)),
    'a good token made five thousand long': () => bearer(forge({ claims: { x: 'x'.repeat(4_000) } })),
    // The token's form.
    'a word': () => bearer('x'),
    'three words': () => bearer('a.b.c'),
    'three nothings': () => bearer('..'),
    'cut short': () => bearer(forge().slice(0, -1)),
    'one character more': () => bearer(`${forge()}A`),
    'one part more': () => bearer(`${forge()}.`),
    'five parts': () => bearer('a.b.c.d.e'),
    'thousands of parts': () => bearer('.'.repeat(4_000)),
    'a token that says it is encrypted': () => bearer(jwt({ ...header, enc: 'A256GCM' }, claims, () => '')),
    'an unsigned token inside an encrypted one': () =>
      bearer(
        `${encode({ alg: 'dir', enc: 'A256GCM', cty: 'JWT' })}..${encode('x')}.${encode(`${encode({ alg: 'none' })}.${encode(claims)}.`)}.${encode('x')}`,
      ),
    'claims thousands of levels deep': () => bearer(jwt(header, `${'['.repeat(1_400)}${']'.repeat(1_400)}`, ours)),
    'a header hundreds of levels deep': () => bearer(jwt(`${'{"a":'.repeat(500)}1${'}'.repeat(500)}`, claims, ours)),
    'no signature': () => bearer(forge({ sign: () => '' })),
    'no signature part': () => bearer(forge().replace(/\.[^.]*$/, '')),
    'a refresh token': () => bearer(refreshToken),
    'claims of another, under the same signature': () => {
      const [head, , signature] = forge().split('.');
      return bearer([head, encode({ ...claims, sub: ADMIN.username, role: 'admin' }), signature].join('.'));
    },
    'claims that are no JSON': () => bearer(jwt(header, '{', ours)),
    'claims that are a list': () => bearer(jwt(header, [claims], ours)),
    'claims that are null': () => bearer(jwt(header, null, ours)),
    'a token for claims': () => bearer(jwt({ ...header, cty: 'JWT' }, forge(), ours)),
    'a header that is no JSON': () => bearer(jwt('{', claims, ours)),
    'a header that is a list': () => bearer(jwt([header], claims, ours)),
    // The algorithm.
    ...row(
      'the algorithm',
      ['none', 'None', 'NONE', 'hs256', 'HS384', 'HS512', 'RS512', 'PS256', '', 1, undefined, ['HS256']],
      (alg) => forge({ header: { alg } }),
    ),
    'no algorithm and no signature': () => bearer(forge({ header: { alg: 'none' }, sign: () => '' })),
    'no algorithm, key id and signature': () =>
      bearer(forge({ header: { alg: 'none', kid: undefined }, sign: () => '' })),
    // The key.
    ...Object.fromEntries(
      Object.entries(PUBLIC_SECRETS).flatMap(([form, secret]) =>
        (
          [
            ['its own key id', () => shown['kid']],
            ["the shared secret's key id", () => header['kid']],
            ['no key id', () => undefined],
          ] as const
        ).map(([name, kid]) => [
          `the public key (${form}) as a secret, with ${name}`,
          () => bearer(forge({ header: { kid: kid() }, sign: hmac(secret()) })),
        ]),
      ),
    ),
    ...row(
      'the key id',
      ['unknown', '', 1, null, undefined, ['x'], '__proto__', 'constructor', '../../dev/null', "' or '1'='1"],
      (kid) => forge({ header: { kid } }),
    ),
    ...row('the key id of an empty key', ['/dev/null', "' union select '", ''], (kid) =>
      forge({ header: { kid }, sign: hmac('') }),
    ),
    "another algorithm's key id": () => bearer(forge({ header: { kid: shown['kid'] } })),
    "another algorithm's key id, signed by a stranger": () =>
      bearer(forge({ header: { alg: 'RS256' }, sign: signTheirs })),
    "a stranger's key under our key id": () =>
      bearer(forge({ header: { alg: 'RS256', kid: shown['kid'] }, sign: signTheirs })),
    'over long ago, and signed by a stranger': () =>
      bearer(forge({ header: { alg: 'RS256', kid: shown['kid'] }, claims: { exp: 1 }, sign: signTheirs })),
    'the raw secret': () => bearer(forge({ sign: hmac(SECRET) })),
    'an empty secret': () => bearer(forge({ sign: hmac('') })),
    'the key of another purpose': () => bearer(forge({ sign: hmac(deriveKey(SECRET, 'refresh-token-tag')) })),
    // Keys and rules inside a token.
    ...row(
      'a key in the header',
      [{ jwk: theirJwk }, { jwk: theirJwk, kid: 'theirs' }, { x5c: ['MIIB'] }, { x5t: 'x' }],
      (more) => forge({ header: { alg: 'RS256', kid: shown['kid'], ...(more as Json) }, sign: signTheirs }),
    ),
    ...row('a critical extension', [['exp'], ['http://example.com/x'], [], 'exp'], (crit) =>
      forge({ header: { crit, exp: 1, 'http://example.com/x': 1 } }),
    ),
    'an unencoded payload': () => bearer(forge({ header: { b64: false, crit: ['b64'] } })),
    // The claims.
    ...row('the audience', ['other', '', 'Gatehouse', 'gate', 'gatehouse other', ['other'], []], (aud) =>
      forge({ claims: { aud } }),
    ),
    ...row(
      'the issuer',
      [
        'https://evil.example',
        '',
        `${ISSUER}/`,
        `${ISSUER}.evil.example`,
        ISSUER.slice(0, -1),
        ISSUER.slice(1),
        [ISSUER],
      ],
      (iss) => forge({ claims: { iss } }),
    ),
    ...row('the type', ['JWT', 'gatehouse-identity+jwt', 'rt+jwt', '', 1, undefined], (typ) =>
      forge({ header: { typ } }),
    ),
    ...row('the user', ['nobody', '', ' ', 'client:x', '*'], (sub) => forge({ claims: { sub } })),
    ...Object.fromEntries(
      ['iss', 'aud', 'sub', 'role', 'sid', 'iat', 'exp', 'jti'].flatMap((claim) => [
        [`no ${claim}`, () => bearer(forge({ claims: { [claim]: undefined } }))],
        ...ANY_TYPE.filter((value) => typeof value !== typeof (claim === 'iat' || claim === 'exp' ? 1 : '')).map(
          (value) => [`${claim} ${JSON.stringify(value)}`, () => bearer(forge({ claims: { [claim]: value } }))],
        ),
      ]),
    ),
    ...row('the scope', ANY_TYPE, (scope) => forge({ claims: { scope } })),
    ...row('the mark of a narrowed one', [false, 'true', 1, null, [true], {}], (narrowed) =>
      forge({ claims: { narrowed } }),
    ),
    ...row('the beginning', ['soon', ['x'], null], (nbf) => forge({ claims: { nbf } })),
    'times in text': () => bearer(forge({ claims: { iat: String(seconds()), exp: String(seconds() + 60) } })),
    'issued in the future': () => bearer(forge({ claims: LATER['iat']!() })),
    'not valid yet': () => bearer(forge({ claims: LATER['nbf']!() })),
  };

  /** Makes one row for each wrong value. */
  function row(what: string, values: readonly unknown[], token: (value: unknown) => string) {
    return Object.fromEntries(values.map((value) => [`${what}: ${JSON.stringify(value)}`, () => bearer(token(value))]));
  }

  it.each(Object.keys(invalid))('is invalid: %s', async (name) => {
    const authorization = invalid[name]!();
    expect(await ask(authorization)).toEqual({ graphql: 'UNAUTHENTICATED/INVALID', rest: 'invalid_token' });
    await askPublic(authorization);
  });

  it.each<[string, () => readonly string[]]>([
    ['as we sign it', () => bearer(forge())],
    ['with claims we do not know', () => bearer(forge({ claims: { name: 'Kandi', admin: true, nbf: seconds() } }))],
    ['with a role it does not have', () => bearer(forge({ claims: { role: 'admin' } }))],
    ['for us among others', () => bearer(forge({ claims: { aud: ['other', 'gatehouse'] } }))],
    ['with the media type written out (RFC 9068)', () => bearer(forge({ header: { typ: 'application/at+jwt' } }))],
    ['under the scheme in small letters', () => [`bearer ${forge()}`]],
    ['under the scheme in capitals', () => [`BEARER ${forge()}`]],
    ['with blanks around', () => [`  Bearer   ${forge()}  `]],
    ['issued within the leeway', () => bearer(forge({ claims: { iat: seconds() + 5, nbf: seconds() + 5 } }))],
    ['issued before the clock was set back', () => bearer(forge({ claims: { iat: seconds() + 110 } }))],
    ['ended within the leeway', () => bearer(forge({ claims: { exp: seconds() - 4 } }))],
  ])('is valid %s', async (_name, authorization) => {
    expect(await ask(authorization())).toEqual(ok);
  });

  it.each([undefined, '', ' ', 'Account', 'account:read', 'users:write'])(
    'is limited to its scope: %j reads no account',
    async (scope) => {
      // In RFC 6749, section 3.3, a missing scope means a default. Our tokens always have a scope, so a missing one
      // allows nothing.
      const authorization = bearer(forge({ claims: { scope } }));
      const { status, errors } = await post('{ me { username } }', authorization);
      expect({ status, code: errors[0].extensions.code }).toEqual({ status: 403, code: 'FORBIDDEN' });
      const rest = await sendRaw(target.url, 'GET /users/me', lines(authorization));
      expect({ status: rest.status, error: JSON.parse(rest.body).error, challenge: challengeOf(rest) }).toEqual({
        status: 403,
        error: 'insufficient_scope',
        challenge: ['Bearer error="insufficient_scope"'],
      });
      await askPublic(authorization);
    },
  );

  it('must name its key, even if there is only one', async () => {
    expect((await first.client.me(forge())).refusal).toBeUndefined();
    for (const kid of [undefined, '', null, 'unknown']) {
      expect((await first.client.me(forge({ header: { kid } }))).refusal).toBe('UNAUTHENTICATED/INVALID');
    }
  });

  it('does not give the role that it claims', async () => {
    const { errors } = await post('{ adminDashboard { message } }', bearer(forge({ claims: { role: 'admin' } })));
    expect(errors[0].extensions.code).toBe('FORBIDDEN');
  });

  it.each<[string, () => number]>([
    ['the leeway ago', () => seconds() - 5],
    ['long ago', () => seconds() - 86_400],
    ['at the beginning of time', () => 0],
    ['before it', () => -1],
  ])('has expired: %s', async (_name, exp) => {
    const authorization = bearer(forge({ claims: { exp: exp() } }));
    expect(await ask(authorization)).toEqual({ graphql: 'UNAUTHENTICATED/EXPIRED', rest: 'invalid_token' });
    await askPublic(authorization);
  });

  it('is valid for its time and the leeway, and a denial for as long', async () => {
    const login = async () => bearer((await first.client.login(kandi.username, kandi.password)).accessToken);
    const [kept, revoked] = [await login(), await login()];
    await target.client.send(LogoutDocument, {}, { token: revoked[0]!.slice('Bearer '.length) });
    const expiry = Number(decodeJwt(kept[0]!.slice('Bearer '.length)).exp) * 1000;
    const before = now;
    for (const [at, answer, afterLogout] of [
      [before, 'ok', 'UNAUTHENTICATED/REVOKED'],
      [expiry + 4_000, 'ok', 'UNAUTHENTICATED/REVOKED'],
      [expiry + 4_999, 'ok', 'UNAUTHENTICATED/REVOKED'],
      [expiry + 5_000, 'UNAUTHENTICATED/EXPIRED', 'UNAUTHENTICATED/EXPIRED'],
      [expiry + 6_000, 'UNAUTHENTICATED/EXPIRED', 'UNAUTHENTICATED/EXPIRED'],
    ] as const) {
      now = at;
      expect([at - expiry, (await ask(kept)).graphql, (await ask(revoked)).graphql]).toEqual([
        at - expiry,
        answer,
        afterLogout,
      ]);
    }
    await askPublic(revoked);
    now = before;
  });

  it('is missing if it is elsewhere', async () => {
    const missing = { graphql: 'UNAUTHENTICATED/MISSING', rest: 'invalid_token' };
    expect(await ask([])).toEqual(missing);
    await askPublic([]);
    const token = forge();
    for (const [path, line] of [
      [`?access_token=${token}`, 'X-Nothing: here'],
      [`?authorization=Bearer%20${token}`, 'X-Nothing: here'],
      ['', `Cookie: access_token=${token}; Authorization=Bearer ${token}`],
      ['', `Proxy-Authorization: Bearer ${token}`],
      ['', `X-Authorization: Bearer ${token}`],
    ] as const) {
      const rest = await sendRaw(target.url, `GET /users/me${path}`, [line]);
      expect([rest.status, challengeOf(rest)]).toEqual([401, ['Bearer']]);
      const query = '{"query":"{ me { id } }"}';
      const graphql = await sendRaw(
        target.url,
        `POST /graphql${path}`,
        ['Content-Type: application/json', line],
        query,
      );
      expect(JSON.parse(graphql.body).errors[0].extensions).toMatchObject({
        code: 'UNAUTHENTICATED',
        reason: 'MISSING',
      });
    }
  });

  it('cannot name the place of its key', async () => {
    let asked = 0;
    const elsewhere = createServer((_request, response) => {
      asked += 1;
      response.end(JSON.stringify({ keys: [{ ...theirJwk, kid: 'theirs', alg: 'RS256' }] }));
    });
    await once(elsewhere.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/jwks.json`;
    for (const more of [{ jku: url }, { x5u: url }, { kid: url }, { jku: url, kid: 'theirs' }]) {
      const token = forge({ header: { alg: 'RS256', kid: shown['kid'], ...more }, sign: signTheirs });
      expect((await ask(bearer(token))).graphql).toBe('UNAUTHENTICATED/INVALID');
    }
    expect(asked).toBe(0);
    elsewhere.close();
  });

  describe('after its account is disabled and enabled again', () => {
    const admin = async <V extends Record<string, unknown>>(
      document: Parameters<typeof first.client.send<unknown, V>>[0],
      variables: V,
    ) => {
      const { errors } = await first.client.send(document, variables, { token: await adminToken(first) });
      expect(errors).toBeUndefined();
    };

    it.each<[string, string | undefined, (username: string) => Promise<void>]>([
      ['counts again', undefined, async () => {}],
      [
        'is revoked with the sessions',
        'UNAUTHENTICATED/REVOKED',
        (username) => admin(RevokeUserSessionsDocument, { username }),
      ],
      [
        'is revoked with the password',
        'UNAUTHENTICATED/REVOKED',
        (username) => admin(SetUserPasswordDocument, { username, newPassword: 'a password set by the admin' }),
      ],
    ])('%s', async (_name, refusal, meanwhile) => {
      const { username, password } = await createUser(first);
      const { accessToken } = await first.client.login(username, password);
      await admin(SetUserDisabledDocument, { username, disabled: true });
      expect((await first.client.me(accessToken)).refusal).toBe('INACTIVE_USER');
      await meanwhile(username);
      await admin(SetUserDisabledDocument, { username, disabled: false });
      expect((await first.client.me(accessToken)).refusal).toBe(refusal);
    });
  });
});

describe('an access token', () => {
  const origin = { address: '192.0.2.1', userAgent: null, requestId: 'test' };
  const account = { username: 'kandi', password: 'the password of kandi', email: 'kandi@example.com', role: 'user' };
  let now = Date.now();
  let services: Awaited<ReturnType<typeof openEmbeddedServices>>;
  beforeAll(async () => {
    services = await openEmbeddedServices(() => now);
    await createAccounts(services, createUnitOfWork(services)).create(account, { actor: SYSTEM, request: origin });
  });
  afterAll(() => services.close());

  const login = (over = services) =>
    createLogin(over, createVerifyPassword(over), createUnitOfWork(over))(account, origin);
  const authenticate = async (token: string) => personOf(await createAuthenticate(services)([`Bearer ${token}`]));
  const refused = (reason: string) => expect.objectContaining({ kind: 'CREDENTIALS', reason });

  it('does not outlive the denial of its session, however slow its sign-in was', async () => {
    const issue: typeof services.accessTokens.issue = (...subject) => {
      now += 8_000;
      return services.accessTokens.issue(...subject);
    };
    const { accessToken, refreshToken } = await login({
      ...services,
      accessTokens: { ...services.accessTokens, issue },
    });
    expect((await authenticate(accessToken)).user.username).toBe('kandi');
    await createLogout(services, createUnitOfWork(services))({ refreshToken, principal: null }, origin);
    now = Number(decodeJwt(accessToken).exp) * 1000 + 4_999;
    await expect(authenticate(accessToken)).rejects.toEqual(refused('REVOKED'));
  });

  it('does not outlive its session', async () => {
    const { refreshToken, refreshExpiresAt } = await login();
    now = refreshExpiresAt.getTime() - 60_000;
    const last = await createRefresh(services, createUnitOfWork(services))(refreshToken, null, origin);
    expect(last.expiresIn).toBeLessThanOrEqual(60);
    expect((await authenticate(last.accessToken)).user.username).toBe('kandi');
    now = refreshExpiresAt.getTime() + 5_000;
    await expect(authenticate(last.accessToken)).rejects.toEqual(refused('EXPIRED'));
  });

  it('is refused once its user is deleted', async () => {
    const { accessToken } = await login();
    expect((await authenticate(accessToken)).user.username).toBe('kandi');
    await createUnitOfWork(services)(async (db, effects) => {
      const user = (await findUser(db, 'kandi'))!;
      eraseUser(user, new Date(now));
      effects.changed(user);
    });
    await expect(authenticate(accessToken)).rejects.toEqual(refused('INVALID'));
  });
});
