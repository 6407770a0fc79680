import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { LoginDocument, LogoutDocument, SetUserDisabledDocument } from '../../../schema/documents.ts';
import { createRefreshTokens } from '../../../src/sessions/refresh_token.ts';
import type { Client, FormAnswer } from '../../support/http_client.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { noteSecrets } from '../../support/log_file.ts';
import { NO_SCOPES } from '../../support/oauth_client.ts';
import { adminToken, createUser, type Person } from '../../support/accounts.ts';

const FORM = 'application/x-www-form-urlencoded';
const JSON_BODY = 'application/json';
/** RFC 6749, section 5.2, which also limits the characters of a description. */
const refused = (error: string, description: RegExp | string = /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/, status = 400) => ({
  status,
  body: { error, error_description: description instanceof RegExp ? expect.stringMatching(description) : description },
});
const WRONG_LOGIN = refused('invalid_grant', 'Incorrect username or password');
const BAD_REFRESH = refused('invalid_grant', 'Invalid or expired refresh token');
const INVALID_REQUEST = refused('invalid_request');
const refusedFor = (fault: object) => {
  const { status, body } = INVALID_REQUEST;
  return { status, body: { ...body, fields: [fault] } };
};
const missing = (field: string) => refusedFor({ field, code: 'REQUIRED' });
const MISSING = missing('refresh_token');
const WRONG_TYPE = refused('invalid_request', /^The body must be application\/x-www-form-urlencoded/);
const IN_URL = refused('invalid_request', /URL/);
const UNSUPPORTED_GRANT = refused('unsupported_grant_type');
const TOO_LARGE = refused('invalid_request', 'Request too large', 413);
const FOREIGN = refused('access_denied', 'Origin not allowed', 403);
const LIMITED = refused('temporarily_unavailable', 'Too many attempts', 429);
/** The number of failures that lock an account: few, so that a form that wrongly counts as an attempt is noticed. */
const ATTEMPTS = 4;
const TOKENS = {
  access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
  token_type: 'bearer',
  expires_in: 1800,
  refresh_token: expect.stringMatching(/^[\w-]{114}$/),
  scope: 'account',
};

describe('the token endpoint', () => {
  let gatehouse: Instance;
  let client: Client;
  let kandi: Person;
  beforeAll(async () => {
    gatehouse = await startInstance({
      // Without the grace, a token that was used by mistake is refused afterwards.
      env: { LOGIN_LIMIT_PER_IP: '10000', LOGIN_LIMIT_PER_ACCOUNT: String(ATTEMPTS), REFRESH_GRACE_SECONDS: '0' },
    });
    client = gatehouse.client;
    kandi = await createUser(gatehouse);
  });
  afterAll(() => gatehouse.close());

  const signIn = async (person: Person): Promise<FormAnswer['body']> =>
    (await client.form('/token', { ...person })).body;

  /** Sends any body under any headers, or none, because `client.form` sets the content type. */
  async function post(path: string, body: string | Buffer, headers: Record<string, string>): Promise<FormAnswer> {
    // Sends bytes, because fetch adds a content type to text.
    const response = await fetch(`${gatehouse.url}${path}`, { method: 'POST', headers, body: Buffer.from(body) });
    const answer: FormAnswer['body'] = await response.json();
    noteSecrets(answer.access_token, answer.refresh_token);
    return { status: response.status, headers: response.headers, body: answer };
  }

  /** RFC 6749 section 5.1: exactly these members, and no caching. */
  function expectTokens({ status, headers, body }: FormAnswer, tokens: object = TOKENS): void {
    expect({ status, body }).toEqual({ status: 200, body: tokens });
    expect(headers.get('content-type')).toMatch(/^application\/json\b/);
    expectNotKept(headers);
  }

  function expectNotKept(headers: Headers): void {
    expect(headers.get('cache-control')).toBe('no-store');
    // The RFC requires it for caches of HTTP/1.0.
    expect(headers.get('pragma')).toBe('no-cache');
  }

  function expectError({ status, headers, body }: FormAnswer, expected: object): void {
    expect({ status, body }).toEqual(expected);
    expect(headers.get('content-type')).toMatch(/^application\/json\b/);
    expectNotKept(headers);
    expect(headers.get('set-cookie')).toBeNull();
  }

  describe('signs in', () => {
    it.each<[string, (person: Person) => string, Record<string, string>?]>([
      ['with grant_type=password', (k) => `grant_type=password&${formOf(k)}`],
      ['without a grant_type, as the tutorial', (k) => formOf(k)],
      ['with an empty grant_type, which is as none', (k) => `grant_type=&${formOf(k)}`],
      ['with the name in another case', (k) => formOf({ ...k, username: k.username.toUpperCase() })],
      ['with blanks around the name', (k) => formOf({ ...k, username: ` ${k.username}\t` })],
      ['with a scope that the role has', (k) => `scope=account&${formOf(k)}`],
      ['past parameters it does not know', (k) => `__proto__=a&constructor=b&toString=c&username[]=d&${formOf(k)}`],
      ...['UTF-8', 'utf8', '"UTF8"', 'unicode-1-1-utf-8'].map(
        (charset): [string, typeof formOf, Record<string, string>] => [
          `with the charset ${charset}`,
          formOf,
          { 'content-type': `${FORM}; charset=${charset}` },
        ],
      ),
      ['whatever authorization is beside it', formOf, { authorization: 'Bearer nonsense' }],
    ])('%s', async (_title, body, headers = {}) => {
      expectTokens(await client.form('/token', body(kandi), headers));
    });

    it.each(['admin', '*', 'account users:read'])('never with a scope beyond the role: %s', async (scope) => {
      const { status, body } = await client.form('/token', { ...kandi, scope });
      expect({ status, error: body.error }).toEqual({ status: 400, error: 'invalid_scope' });
    });

    it.each(NO_SCOPES)('never with what is no scope, also as an admin, who may have any: %s', async (_title, scope) => {
      const answer = await client.form('/token', { ...gatehouse.admin, scope });
      expectError(answer, refused('invalid_scope'));
    });

    it.each<[string, string, Record<string, string>]>([
      ['named in the form', 'client_id=nobody&client_secret=b&', {}],
      ['without a secret', 'client_id=nobody&', {}],
      ['named in the header', '', { authorization: `Basic ${btoa('nobody:b')}` }],
      ['of a header that cannot be read', '', { authorization: 'Basic %%%' }],
    ])('never as a client that is not registered: %s', async (_title, fields, headers) => {
      const answer = await client.form('/token', `${fields}grant_type=password&${formOf(kandi)}`, headers);
      expectError(answer, refused('invalid_client', 'Client authentication failed', 401));
      expect(answer.headers.get('www-authenticate')).toBe('Basic realm="gatehouse"');
    });

    it.each(['client_credentials', 'authorization_code'])('not without a username, with %s', async (grant) => {
      const answer = await client.form('/token', `grant_type=${grant}&code=a&redirect_uri=b&code_verifier=c`);
      expectError(answer, refused('invalid_client', 'Client authentication failed', 401));
    });

    it('into a session that both doors share', async () => {
      const first = await signIn(kandi);
      expect((await client.me(first.access_token)).data?.me.username).toBe(kandi.username);
      const { data } = await client.refresh(first.refresh_token);
      const third = await client.form('/token', {
        grant_type: 'refresh_token',
        refresh_token: data!.refresh.refreshToken!,
      });
      expectTokens(third);
      expect(decodeJwt(third.body.access_token)['sid']).toBe(decodeJwt(first.access_token)['sid']);
    });
  });

  it('answers unknown, wrong and disabled alike', async () => {
    const disabled = await createUser(gatehouse);
    const variables = { username: disabled.username, disabled: true };
    await client.send(SetUserDisabledDocument, variables, { token: await adminToken(gatehouse) });
    const wrong = await createUser(gatehouse);
    const answers = [
      await client.form('/token', { ...wrong, password: 'not the password' }),
      await client.form('/token', { username: 'nobody', password: 'not the password' }),
      await client.form('/token', { ...disabled }),
    ];
    for (const answer of answers) expectError(answer, WRONG_LOGIN);
    const comparable = answers.map(({ headers }) =>
      [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name)),
    );
    expect(comparable[1]).toEqual(comparable[0]);
    expect(comparable[2]).toEqual(comparable[0]);
  });

  describe('refuses', () => {
    const form = { 'content-type': FORM };
    const BOUNDARY = 'multipart/form-data; boundary=b';
    const multipart = (person: Person) =>
      Object.entries(person)
        .map(([name, value]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
        .join('')
        .concat('--b--\r\n');

    // The password is right, so only the form of the request is wrong.
    it.each<[string, (person: Person) => string | Buffer, Record<string, string>, object]>([
      ['an empty password', (k) => `username=${k.username}&password=`, form, missing('password')],
      ['an empty username', (k) => `username=&password=${k.password}`, form, missing('username')],
      ['a missing password', (k) => `username=${k.username}`, form, missing('password')],
      ['a missing username', (k) => `password=${k.password}`, form, missing('username')],
      ['an empty body', () => '', form, missing('username')],
      ['an empty body of no type', () => '', {}, missing('username')],
      ['a repeated username', (k) => `username=nobody&${formOf(k)}`, form, INVALID_REQUEST],
      ['a repeated password', (k) => `${formOf(k)}&password=`, form, INVALID_REQUEST],
      ['a repeated grant_type', (k) => `grant_type=password&grant_type=password&${formOf(k)}`, form, INVALID_REQUEST],
      ['a repeated scope', (k) => `scope=a&scope=b&${formOf(k)}`, form, INVALID_REQUEST],
      ['a repeated unknown parameter', (k) => `"\\=a&"\\=b&${formOf(k)}`, form, INVALID_REQUEST],
      ['a grant of another kind', (k) => `grant_type=implicit&${formOf(k)}`, form, UNSUPPORTED_GRANT],
      [
        'a grant of another document (RFC 8628)',
        (k) => `grant_type=urn:ietf:params:oauth:grant-type:device_code&${formOf(k)}`,
        form,
        UNSUPPORTED_GRANT,
      ],
      [
        'a grant that is unknown, whoever asks for it',
        (k) => `grant_type=implicit&client_id=nobody&client_secret=x&${formOf(k)}`,
        form,
        UNSUPPORTED_GRANT,
      ],
      ['a grant in another case', (k) => `grant_type=Password&${formOf(k)}`, form, UNSUPPORTED_GRANT],
      ['a grant of every object', (k) => `grant_type=constructor&${formOf(k)}`, form, UNSUPPORTED_GRANT],
      ['names of every object alone', () => '__proto__=a&constructor=b', form, missing('username')],
      ['a user of that name', () => 'username=__proto__&password=constructor', form, WRONG_LOGIN],
      ['an array of names', (k) => `username[]=${k.username}&password=${k.password}`, form, missing('username')],
      ['JSON', (k) => JSON.stringify(k), { 'content-type': JSON_BODY }, WRONG_TYPE],
      ['text', formOf, { 'content-type': 'text/plain' }, WRONG_TYPE],
      ['multipart', multipart, { 'content-type': BOUNDARY }, WRONG_TYPE],
      ['no content type', formOf, {}, WRONG_TYPE],
      ['an unknown charset', formOf, { 'content-type': `${FORM}; charset=utf-7` }, INVALID_REQUEST],
      ['an unknown encoding', formOf, { ...form, 'content-encoding': 'rot13' }, INVALID_REQUEST],
      ['percent signs that encode nothing', (k) => `a=%zz&${formOf(k)}`, form, INVALID_REQUEST],
      ['a cut percent sign', (k) => `${formOf(k)}&a=%f`, form, INVALID_REQUEST],
      ['a lone surrogate as a name', () => 'username=%ED%A0%80&password=x', form, INVALID_REQUEST],
      ['a lone surrogate as a password', (k) => `username=${k.username}&password=%ED%A0%80`, form, INVALID_REQUEST],
      ['bytes that are no UTF-8', (k) => Buffer.from(`a=\xff&${formOf(k)}`, 'latin1'), form, INVALID_REQUEST],
      ['NUL in a name', (k) => `username=${k.username}%00&password=${k.password}`, form, WRONG_LOGIN],
      ['NUL in a password', () => `username=nobody&password=%00`, form, WRONG_LOGIN],
      ['a name of 1 MB', (k) => `username=${'a'.repeat(1_000_000)}&password=${k.password}`, form, TOO_LARGE],
      ['more than 100 kB', (k) => `${formOf(k)}&a=${'a'.repeat(100_000)}`, form, TOO_LARGE],
      ['more than a thousand parameters', (k) => `${formOf(k)}${'&a'.repeat(1000)}`, form, TOO_LARGE],
      [
        'more than 100 kB, packed into less',
        (k) => gzipSync(`${formOf(k)}&a=${'a'.repeat(1_000_000)}`),
        { ...form, 'content-encoding': 'gzip' },
        TOO_LARGE,
      ],
    ])('%s', async (_title, body, headers, expected) => {
      expectError(await post('/token', body(kandi), headers), expected);
    });

    it.each([
      ['credentials', (k: Person) => [`/token?${formOf(k)}`, 'a=b'] as const],
      ['credentials beside those of the body', (k: Person) => [`/token?password=x`, formOf(k)] as const],
      ['a refresh token', () => ['/token/refresh?refresh_token=x', ''] as const],
    ])('%s in the URL', async (_title, request) => {
      const [path, body] = request(kandi);
      expectError(await post(path, body, { 'content-type': FORM }), IN_URL);
    });

    it('these requests without counting an attempt', async () => {
      for (let time = 0; time <= ATTEMPTS; time += 1) {
        await client.form('/token', { username: kandi.username });
        await client.form('/token', `${formOf(kandi)}&password=x`);
      }
      expect(await signIn(kandi)).toEqual(TOKENS);
    });

    it.each(['GET', 'PUT', 'DELETE'])('%s', async (method) => {
      const answer = await fetch(`${gatehouse.url}/token?${formOf(kandi)}`, { method });
      expect(answer.status).toBe(404);
      const text = await answer.text();
      expect(JSON.parse(text)).toEqual({ error: 'not_found', error_description: expect.any(String) });
      expect(text).not.toContain(kandi.password);
    });
  });

  const DOORS: [string, (refreshToken: string) => Promise<FormAnswer>][] = [
    ['POST /token', (refresh_token) => client.form('/token', { grant_type: 'refresh_token', refresh_token })],
    ['POST /token/refresh as a form', (refresh_token) => client.form('/token/refresh', { refresh_token })],
    [
      'POST /token/refresh as JSON',
      (refresh_token) => post('/token/refresh', JSON.stringify({ refresh_token }), { 'content-type': JSON_BODY }),
    ],
  ];

  describe.each(DOORS)('refreshing through %s', (_title, refresh) => {
    it('gives new tokens of the same session, in the body', async () => {
      const first = await signIn(kandi);
      const answer = await refresh(first.refresh_token);
      expectTokens(answer);
      expect(answer.body.refresh_token).not.toBe(first.refresh_token);
      expect(answer.headers.get('set-cookie')).toBeNull();
      expect((await client.me(answer.body.access_token)).data?.me.username).toBe(kandi.username);
    });

    it.each<[string, (tokens: FormAnswer['body']) => string]>([
      ['garbage', () => 'garbage'],
      ['NUL', () => '\0'],
      ['a lone surrogate', () => 'a\ud800'],
      ['90 kB', () => 'a'.repeat(90_000)],
      ['a cut one', ({ refresh_token }) => refresh_token.slice(0, -1)],
      ['a longer one', ({ refresh_token }) => `${refresh_token}A`],
      ['a padded one', ({ refresh_token }) => ` ${refresh_token}`],
      ['an access token', ({ access_token }) => access_token],
      [
        "another server's for the same session",
        ({ access_token }) =>
          createRefreshTokens(['the secret of another server, long enough']).mint(
            decodeJwt(access_token)['sid'] as string,
            0,
          ).text,
      ],
    ])('refuses %s, and ends nothing', async (_title, forge) => {
      const tokens = await signIn(kandi);
      expectError(await refresh(forge(tokens)), BAD_REFRESH);
      expect((await refresh(tokens.refresh_token)).status).toBe(200);
    });

    it('asks for a token', async () => {
      expectError(await refresh(''), MISSING);
    });

    it('refuses a token after the logout', async () => {
      const { refresh_token: refreshToken } = await signIn(kandi);
      await client.send(LogoutDocument, { refreshToken });
      expectError(await refresh(refreshToken), BAD_REFRESH);
    });

    it('refuses a token of an account that was disabled meanwhile', async () => {
      const person = await createUser(gatehouse);
      const { refresh_token } = await signIn(person);
      const variables = { username: person.username, disabled: true };
      await client.send(SetUserDisabledDocument, variables, { token: await adminToken(gatehouse) });
      expectError(await refresh(refresh_token), BAD_REFRESH);
    });

    it('takes a token that comes back for theft, and ends every session of the user', async () => {
      const person = await createUser(gatehouse);
      const [stolen, other] = [await signIn(person), await signIn(person)];
      const second = (await refresh(stolen.refresh_token)).body;
      const third = (await refresh(second.refresh_token)).body;
      expectError(await refresh(stolen.refresh_token), BAD_REFRESH);
      for (const { access_token, refresh_token } of [third, other]) {
        expect((await client.me(access_token)).refusal).toBe('UNAUTHENTICATED/REVOKED');
        expectError(await refresh(refresh_token), BAD_REFRESH);
      }
      expect(await signIn(person)).toEqual(TOKENS);
    });
  });

  describe('refreshing through POST /token/refresh', () => {
    it.each<[string, string, string | Buffer<ArrayBuffer>, object?]>([
      ['a repeated token', FORM, 'refresh_token=a&refresh_token=b'],
      ['a list of tokens', JSON_BODY, '{"refresh_token":["a"]}'],
      [
        'a token that is no text',
        JSON_BODY,
        '{"refresh_token":1}',
        refusedFor({ field: 'refresh_token', code: 'MALFORMED', expected: 'TEXT' }),
      ],
      ['broken JSON', JSON_BODY, '{"refresh_token":'],
      ['JSON that is no object', JSON_BODY, '"refresh_token"'],
      ['null', JSON_BODY, 'null'],
      ['bytes that are no UTF-8', JSON_BODY, Buffer.from('{"refresh_token":"\xff"}', 'latin1')],
      ['a list', JSON_BODY, '[{"refresh_token":"a"}]', MISSING],
      ['an inherited token', JSON_BODY, '{"__proto__":{"refresh_token":"a"}}', MISSING],
    ])('refuses %s', async (_title, type, body, expected = INVALID_REQUEST) => {
      expectError(await post('/token/refresh', body, { 'content-type': type }), expected);
    });

    it.each(['text/plain', 'multipart/form-data; boundary=b', 'nonsense'])('refuses %s', async (type) => {
      expectError(await post('/token/refresh', 'refresh_token=a', { 'content-type': type }), WRONG_TYPE);
    });

    it('refuses more than 100 kB', async () => {
      const body = JSON.stringify({ refresh_token: 'a'.repeat(100_000) });
      expectError(await post('/token/refresh', body, { 'content-type': JSON_BODY }), TOO_LARGE);
    });
  });

  describe('refreshing with the cookie', () => {
    let cookie: string;
    beforeEach(async () => {
      const { headers } = await client.send(LoginDocument, { ...kandi, delivery: 'COOKIE' });
      cookie = headers.get('set-cookie')!.split(';')[0]!;
      noteSecrets(cookie.split('=')[1]);
    });
    const refresh = (headers: Record<string, string>, body = '') => post('/token/refresh', body, headers);

    it.each([
      ['no body at all', {}, ''],
      ['an empty form', { 'content-type': FORM }, ''],
      ['an empty parameter', { 'content-type': FORM }, 'refresh_token='],
      ['an empty JSON body', { 'content-type': JSON_BODY }, ''],
      ['an empty object', { 'content-type': JSON_BODY }, '{}'],
    ])('takes %s, and puts the new one where no script can read it', async (_title, type, body) => {
      const answer = await refresh({ ...type, cookie, origin: gatehouse.url }, body);
      const { refresh_token: _, ...withoutRefreshToken } = TOKENS;
      expectTokens(answer, withoutRefreshToken);
      const [set, ...attributes] = answer.headers.get('set-cookie')!.split('; ');
      expect(set).toMatch(/^gatehouse_refresh_\d+=[\w-]{114}$/);
      expect(set).not.toBe(cookie);
      expect(attributes).toEqual(expect.arrayContaining(['HttpOnly', 'SameSite=Strict', 'Path=/']));
      expect((await refresh({ cookie: set!, origin: gatehouse.url })).status).toBe(200);
    });

    it('prefers the token of the body, and then leaves the cookie alone', async () => {
      const { refresh_token } = await signIn(kandi);
      const answer = await client.form('/token/refresh', { refresh_token }, { cookie, origin: gatehouse.url });
      expectTokens(answer);
      expect(answer.headers.get('set-cookie')).toBeNull();
    });

    it.each<[string, (own: string) => Record<string, string>]>([
      ['none', () => ({})],
      ['a foreign one', () => ({ origin: 'https://evil.example' })],
      ['null', () => ({ origin: 'null' })],
      ['an empty one', () => ({ origin: '' })],
      ['one that begins as ours', (own) => ({ origin: `${own}.evil.example` })],
      ['ours and another', (own) => ({ origin: `${own}, https://evil.example` })],
      ['ours as a referrer alone', (own) => ({ referer: `${own}/` })],
    ])('needs our origin: %s is refused, and the token not used up', async (_title, origin) => {
      const answer = await refresh({ cookie, ...origin(gatehouse.url) });
      expectError(answer, FOREIGN);
      expect((await refresh({ cookie, origin: gatehouse.url })).status).toBe(200);
    });

    it('never clears the cookie, whatever is wrong', async () => {
      const origin = gatehouse.url;
      expectError(await refresh({ cookie: `${cookie.split('=')[0]}=garbage`, origin }), BAD_REFRESH);
      expectError(await refresh({ cookie: `${cookie}; ${cookie}`, origin }), MISSING);
      expectError(await refresh({ cookie, origin, 'content-type': 'text/plain' }, 'a'), INVALID_REQUEST);
    });
  });

  describe('limits', () => {
    const fail = {
      'POST /token': ({ username }: Person) => client.form('/token', { username, password: 'not the password' }),
      'GraphQL login': ({ username }: Person) => client.tryLogin(username, 'not the password'),
    };
    it.each<[string, (keyof typeof fail)[]]>([
      ['POST /token alone', ['POST /token', 'POST /token', 'POST /token', 'POST /token']],
      ['GraphQL alone', ['GraphQL login', 'GraphQL login', 'GraphQL login', 'GraphQL login']],
      ['both doors', ['GraphQL login', 'POST /token', 'GraphQL login', 'POST /token']],
    ])('failures through %s close both, for the right password too', async (_title, doors) => {
      const person = await createUser(gatehouse);
      for (const door of doors) await fail[door](person);

      const answer = await client.form('/token', { ...person });
      expectError(answer, LIMITED);
      const retryAfter = Number(answer.headers.get('retry-after'));
      expect(Number.isInteger(retryAfter)).toBe(true);
      expect(retryAfter).toBeGreaterThan(800);
      expect(retryAfter).toBeLessThanOrEqual(900);

      const login = await client.tryLogin(person.username, person.password);
      expect(login).toMatchObject({ status: 429, refusal: 'RATE_LIMITED' });
      expect(await signIn(kandi)).toEqual(TOKENS);
    });
  });
});

function formOf({ username, password }: Person): string {
  return new URLSearchParams({ username, password }).toString();
}
