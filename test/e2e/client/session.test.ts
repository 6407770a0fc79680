/**
 * Loads the server into jest's modules: the test moves the server's clock.
 * @jest-environment node
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type AuthClient, AuthError, createAuthClient } from '../../../packages/client/src/index.ts';
import { createUser } from '../../support/accounts.ts';
import { freePort } from '../../support/free_port.ts';
import type { Instance } from '../../support/instance.ts';
import { type Intermediary, isRefresh, startIntermediary } from '../../support/http_proxy.ts';
import { type KitServer, startKitServer } from '../../support/kit_server.ts';
import { enrolTotp } from '../../support/second_factor.ts';
import { processTime, type Time } from '../../support/time.ts';
import { until } from '../../support/until.ts';

const INVALID_TOKEN = { 'www-authenticate': 'Bearer error="invalid_token"' };
const HALF_AN_HOUR = 30 * 60_000;

let server: KitServer;
let gatehouse: Instance;
let between: Intermediary;
let auth: AuthClient;
let events: unknown[];

beforeAll(async () => {
  server = await startKitServer();
  ({ gatehouse, between } = server);
});
afterAll(() => server.close());
beforeEach(() => {
  between.reset();
  auth = createAuthClient({ url: between.url });
  events = [];
  auth.on('change', (detail) => events.push(detail));
  auth.on('refresh', () => events.push('refresh'));
});
afterEach(() => auth.close());

const refusal = (of: Promise<unknown>): Promise<AuthError> =>
  of.then(
    () => Promise.reject(new Error('nothing was refused')),
    (error: unknown) => {
      expect(error).toBeInstanceOf(AuthError);
      return error as AuthError;
    },
  );
const me = () => auth.fetch('/users/me');
const graph = (asked: string | ReadableStream, headers: Record<string, string> = {}) => {
  const body = typeof asked === 'string' ? JSON.stringify({ query: asked }) : asked;
  const stream = { duplex: 'half' };
  return auth.fetch('/graphql', { method: 'POST', headers: { ...JSON_TYPE, ...headers }, body, ...stream });
};

describe('signing in and out', () => {
  it('knows at once that a program that starts has no session', async () => {
    expect(auth.state).toBe('signed-out');
    expect(await auth.ready).toBe('signed-out');
    expect(await auth.getAccessToken()).toBeUndefined();
    expect((await me()).status).toBe(401);
    expect(between.passed.map(({ path }) => path)).toEqual(['/users/me']);
  });

  it('a wrong password changes nothing', async () => {
    const error = await refusal(auth.login({ username: 'admin', password: 'wrong' }));
    expect(error).toMatchObject({ code: 'UNAUTHENTICATED', reauthenticate: true, reason: undefined });
    expect(error.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect([auth.state, auth.user, events]).toEqual(['signed-out', undefined, []]);
  });

  it('tells who it is, shows the token, and has it refused everywhere afterwards', async () => {
    await auth.login(gatehouse.admin);
    expect(auth.user).toEqual({ username: 'admin', role: 'admin' });
    expect(await (await me()).json()).toMatchObject({ username: 'admin' });
    const token = await auth.getAccessToken();
    expect(await auth.getAccessToken()).toBe(token);
    await auth.logout();
    expect([auth.state, auth.user, await auth.getAccessToken()]).toEqual(['signed-out', undefined, undefined]);
    expect((await gatehouse.client.me(token)).refusal).toBe('UNAUTHENTICATED/REVOKED');
    expect(events).toEqual([
      { state: 'signed-in', reason: 'login' },
      { state: 'signed-out', reason: 'logout' },
    ]);
    expect(between.refreshes()).toBe(0);
  });

  it('continues a sign-in with its second factor, once for two calls at the same time', async () => {
    const kandi = await createUser(gatehouse);
    const { recoveryCodes } = await enrolTotp(gatehouse, kandi);
    const [recoveryCode = ''] = recoveryCodes;
    const { nextStep } = await refusal(auth.login(kandi));
    expect(nextStep).toMatchObject({ methods: ['TOTP', 'RECOVERY_CODE'], expiresIn: 300 });
    expect(auth.state).toBe('signed-out');
    const { ticket } = nextStep!;
    expect(await refusal(auth.completeLogin(ticket, { totp: '000000' }))).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [{ field: 'totp', code: 'WRONG' }],
    });
    await Promise.all([auth.completeLogin(ticket, { recoveryCode }), auth.completeLogin(ticket, { recoveryCode })]);
    expect(auth.user?.username).toBe(kandi.username);
    expect((await me()).status).toBe(200);
    expect(await refusal(auth.completeLogin(ticket, { recoveryCode: recoveryCodes[1]! }))).toMatchObject({
      fields: [{ field: 'ticket', code: 'EXPIRED' }],
    });
  });

  it('a limit says for how long', async () => {
    const guess = () => refusal(auth.login({ username: 'nobody', password: 'wrong' }));
    for (let guesses = 0; guesses < 4; guesses++) await guess();
    const error = await guess();
    expect(error).toMatchObject({ code: 'RATE_LIMITED', reauthenticate: false });
    expect(error.retryAfter).toBeGreaterThanOrEqual(1);
  });

  it('a listener that was taken off hears nothing more', async () => {
    let heard = 0;
    const off = auth.on('change', () => heard++);
    await auth.login(gatehouse.admin);
    off();
    await auth.logout();
    expect(heard).toBe(1);
  });
});

describe('refreshing', () => {
  beforeEach(() => auth.login(gatehouse.admin));

  it('happens before a token that is over is shown, also after the machine slept: once for all who ask', async () => {
    const before = await auth.getAccessToken();
    const time: Time = processTime();
    await time.elapse(HALF_AN_HOUR);
    try {
      const answers = await Promise.all(Array.from({ length: 10 }, me));
      expect(answers.map(({ status }) => status)).toEqual(Array<number>(10).fill(200));
      expect(between.refreshes()).toBe(1);
      expect(between.passed.map(({ authorization }) => authorization)).not.toContain(`Bearer ${before}`);
    } finally {
      await time.restore();
    }
    expect(events).toEqual([{ state: 'signed-in', reason: 'login' }, 'refresh']);
  });

  it('happens once for any number of 401s, and everything is answered by the second try', async () => {
    server.advance(HALF_AN_HOUR + 60_000);
    const answers = await Promise.all(Array.from({ length: 10 }, me));
    expect(answers.map(({ status }) => status)).toEqual(Array<number>(10).fill(200));
    expect(between.refreshes()).toBe(1);
    expect(between.passed.filter(({ path }) => path === '/users/me')).toHaveLength(20);
  });

  it('is not the answer to a 401 for a token that is not in use any more', async () => {
    const old = await auth.getAccessToken();
    let refuse = () => {};
    const held = new Promise<void>((resolve) => {
      between.treat(({ authorization }, response) => {
        if (authorization !== `Bearer ${old}`) return undefined;
        resolve();
        return new Promise<void>((done) => (refuse = () => done(void response.writeHead(401, INVALID_TOKEN).end())));
      });
    });
    const answer = me();
    await held;
    const newer = await auth.getAccessToken({ force: true });
    refuse();
    expect((await answer).status).toBe(200);
    expect(between.refreshes()).toBe(1);
    expect(between.passed.at(-1)?.authorization).toBe(`Bearer ${newer}`);
  });

  it('repeats nothing in the name of somebody else, who has signed in meanwhile', async () => {
    const { accessToken: token } = await gatehouse.client.login('admin', gatehouse.admin.password);
    const kandi = '{ username: "kandi", email: "kandi@example.com", password: "the password of kandi" }';
    await gatehouse.client.ask(`mutation { createUser(input: ${kandi}) { id } }`, { token });
    const others = await auth.getAccessToken();
    between.treat(({ path }, response) => {
      if (path !== '/users/me') return undefined;
      return auth
        .login({ username: 'kandi', password: 'the password of kandi' })
        .then(() => response.writeHead(401, INVALID_TOKEN).end());
    });
    expect((await me()).status).toBe(401);
    expect(auth.user?.username).toBe('kandi');
    const shown = between.passed.filter(({ path }) => path === '/users/me');
    expect(shown.map(({ authorization }) => authorization)).toEqual([`Bearer ${others}`]);
    expect(between.refreshes()).toBe(0);
  });

  it('never goes round: what is refused twice is refused', async () => {
    between.treat(({ path }, response) =>
      path === '/users/me' ? Promise.resolve(response.writeHead(401, INVALID_TOKEN).end()) : undefined,
    );
    expect((await me()).status).toBe(401);
    expect(between.passed.map(({ path }) => path)).toEqual(['/graphql', '/users/me', '/graphql', '/users/me']);
    // The next request does not repeat the attempt that failed.
    expect((await me()).status).toBe(401);
    expect(between.refreshes()).toBe(1);
    expect(auth.state).toBe('signed-in');
  });

  it.each<[string, Record<string, string>, string]>([
    ['says nothing about a token', {}, ''],
    ['wants another kind of proof', { 'www-authenticate': 'Basic realm="staging"' }, ''],
    ['wants a token, and says nothing of the one it got', { 'www-authenticate': 'Bearer' }, ''],
    [
      'refuses a password',
      { 'www-authenticate': 'Bearer', 'content-type': 'application/json' },
      '{"errors":[{"message":"Incorrect password","extensions":{"code":"UNAUTHENTICATED"}}]}',
    ],
  ])('is not the answer to a 401 that %s', async (_what, headers, body) => {
    between.treat(({ path }, response) =>
      path === '/users/me' ? Promise.resolve(response.writeHead(401, headers).end(body)) : undefined,
    );
    const answer = await me();
    expect([answer.status, await answer.text()]).toEqual([401, body]);
    expect(between.passed.filter(({ path }) => path === '/users/me')).toHaveLength(1);
    expect(between.refreshes()).toBe(0);
  });

  it('is repeated after a lost response, and the session is kept', async () => {
    between.treat((request, response, pass) =>
      isRefresh(request) ? pass().then(() => response.destroy()) : undefined,
    );
    const error = await refusal(auth.getAccessToken({ force: true }));
    expect(error).toMatchObject({ code: 'UNREACHABLE', reauthenticate: false });
    expect(auth.state).toBe('signed-in');
    // The current token is still valid, so requests do not wait for another.
    expect((await me()).status).toBe(200);
    between.reset();
    expect(await auth.getAccessToken({ force: true })).toBeDefined();
    expect(between.refreshes()).toBe(1);
  });

  it.each([
    [503, '<html>', { code: 'UNREACHABLE', retryAfter: 7 }],
    [401, '<html>', { code: 'UNREACHABLE', reauthenticate: false }],
    [429, '', { code: 'RATE_LIMITED', retryAfter: 7 }],
    [
      502,
      '{"errors":[{"message":"Try again later","extensions":{"code":"OVERLOADED","retryAfter":3}}]}',
      { retryAfter: 3 },
    ],
  ])('keeps the session after a response of %i', async (status, body, expected) => {
    between.treat((request, response) =>
      isRefresh(request) ? Promise.resolve(response.writeHead(status, { 'retry-after': '7' }).end(body)) : undefined,
    );
    expect(await refusal(auth.getAccessToken({ force: true }))).toMatchObject(expected);
    expect(auth.state).toBe('signed-in');
  });

  it('ends the session after a refusal', async () => {
    await gatehouse.client.ask('mutation { logoutEverywhere }', { token: await auth.getAccessToken() });
    expect((await me()).status).toBe(401);
    expect(auth.state).toBe('signed-out');
    expect(events.at(-1)).toEqual({ state: 'signed-out', reason: 'ended' });
  });

  it('does not sign in again if its response comes after a sign-out', async () => {
    let answer = () => {};
    const held = new Promise<void>((resolve) => {
      between.treat((request, response, pass) => {
        if (!isRefresh(request)) return undefined;
        return pass().then(async (answered) => {
          const text = await answered.text();
          answer = () => void response.writeHead(200, { 'content-type': 'application/json' }).end(text);
          resolve();
        });
      });
    });
    const refreshed = auth.getAccessToken({ force: true });
    await held;
    const gone = auth.logout();
    answer();
    expect(await refreshed).toBeUndefined();
    await gone;
    expect([auth.state, await auth.getAccessToken()]).toEqual(['signed-out', undefined]);
    expect(events).toEqual([
      { state: 'signed-in', reason: 'login' },
      { state: 'signed-out', reason: 'logout' },
    ]);
  });
});

describe('where it ends otherwise', () => {
  it('a user who is disabled is out at the next request, whichever door it is for', async () => {
    const admin = await gatehouse.client.login('admin', gatehouse.admin.password);
    const asAdmin = async (mutation: string) => {
      const { errors } = await gatehouse.client.ask(`mutation { ${mutation} }`, { token: admin.accessToken });
      expect(errors).toBeUndefined();
    };
    await asAdmin(
      'createUser(input: { username: "leaver", email: "leaver@example.com", password: "the password of leaver" }) { id }',
    );
    for (const ask of [
      () => auth.fetch('/graphql', { method: 'POST', headers: JSON_TYPE, body: '{"query":"{ me { id } }"}' }),
      me,
    ]) {
      await asAdmin('setUserDisabled(username: "leaver", disabled: false) { id }');
      await auth.login({ username: 'leaver', password: 'the password of leaver' });
      await asAdmin('setUserDisabled(username: "leaver", disabled: true) { id }');
      expect((await ask()).status).toBe(400);
      expect(auth.state).toBe('signed-out');
      expect(events.at(-1)).toEqual({ state: 'signed-out', reason: 'ended' });
    }
  });

  it.each<[string, () => Promise<Response>]>([
    ['riser', me],
    ['climber', () => graph('{ me { id } }')],
  ])('another role is known by the next answer, whichever door it is from: %s', async (username, ask) => {
    const admin = await gatehouse.client.login('admin', gatehouse.admin.password);
    const asAdmin = (mutation: string) =>
      gatehouse.client.ask(`mutation { ${mutation} }`, { token: admin.accessToken });
    const password = `the password of ${username}`;
    await asAdmin(
      `createUser(input: { username: "${username}", email: "${username}@example.com", password: "${password}" }) { id }`,
    );
    await auth.login({ username, password });
    await asAdmin(`setUserRole(username: "${username}", role: "admin") { id }`);
    expect((await ask()).status).toBe(200);
    await until(() => auth.user?.role === 'admin');
    expect(events.at(-1)).toEqual({ state: 'signed-in', reason: 'role' });
    await ask();
    expect(between.refreshes()).toBe(1);
  });

  it.each<[string, () => Promise<Response>]>([
    ['a REST request', () => me()],
    ['a query', () => graph('{ me { id } }')],
    [
      'a mutation of several fields, which is not repeated',
      () => graph('mutation { a: logoutEverywhere b: logoutEverywhere }'),
    ],
    ['a query that is answered 200', () => graph('{ me { id } }', { accept: 'application/json' })],
    ['a stream, which is not repeated', () => graph(new Blob(['{"query":"{ me { id } }"}']).stream())],
  ])('a session that was ended elsewhere is over at the next request: %s', async (_what, ask) => {
    await auth.login(gatehouse.admin);
    const { accessToken } = await gatehouse.client.login('admin', gatehouse.admin.password);
    await gatehouse.client.ask('mutation { logoutEverywhere }', { token: accessToken });
    await ask();
    await until(() => auth.state === 'signed-out');
    expect(events.at(-1)).toEqual({ state: 'signed-out', reason: 'ended' });
  });

  it('a gateway that is away is no refusal; signing out forgets all the same, and says so', async () => {
    await auth.login(gatehouse.admin);
    between.treat((_request, response) => Promise.resolve(response.destroy()));
    expect(await refusal(auth.logout())).toMatchObject({ code: 'UNREACHABLE' });
    expect([auth.state, await auth.getAccessToken()]).toEqual(['signed-out', undefined]);
    const nowhere = createAuthClient({ url: `http://127.0.0.1:${await freePort()}` });
    expect(await refusal(nowhere.login(gatehouse.admin))).toMatchObject({ code: 'UNREACHABLE', reauthenticate: false });
  });

  it('an address that is none is refused at once', () => {
    for (const url of ['file:///etc', 'auth.example.com', `${gatehouse.url}/graphql`]) {
      expect(() => createAuthClient({ url })).toThrow(/^url: /);
    }
  });
});

const JSON_TYPE = { 'content-type': 'application/json' };

describe('its fetch', () => {
  let foreign: Intermediary;
  beforeAll(async () => void (foreign = await startIntermediary('http://127.0.0.1:9')));
  afterAll(() => foreign.close());
  beforeEach(() => auth.login(gatehouse.admin));

  it.each(['', 'Request'])('sends nothing to another origin %s', async (kind) => {
    const url = `${foreign.url}/users/me`;
    await expect(auth.fetch(kind ? new Request(url) : url)).rejects.toThrow(TypeError);
    expect([auth.isFor(url), auth.isFor(`${between.url}/graphql`)]).toEqual([false, true]);
    expect(foreign.passed).toEqual([]);
  });

  it.each(['follow', undefined] as const)('goes along with no redirect, asked to %s', async (redirect) => {
    between.treat((_request, response) =>
      Promise.resolve(response.writeHead(307, { location: `${foreign.url}/users/me` }).end()),
    );
    await expect(auth.fetch('/users/me', redirect ? { redirect } : {})).rejects.toThrow('fetch failed');
    expect(foreign.passed).toEqual([]);
  });

  it('sends a body again that can be read again, and a stream once', async () => {
    const query = '{"query":"{ me { username } }"}';
    const ask = (body: RequestInit['body'], more = {}) =>
      auth.fetch('/graphql', { method: 'POST', headers: JSON_TYPE, body: body ?? null, ...more });
    server.advance(HALF_AN_HOUR + 60_000);
    expect(await (await ask(query)).json()).toEqual({ data: { me: { username: 'admin' } } });
    expect(between.passed.filter(({ body }) => body === query)).toHaveLength(2);

    between.reset();
    server.advance(HALF_AN_HOUR + 60_000);
    expect((await ask(new Blob([query]).stream(), { duplex: 'half' })).status).toBe(401);
    expect(between.passed.filter((passed) => !isRefresh(passed)).map(({ body }) => body)).toEqual([query]);
    // The next request uses the new state.
    expect((await ask(query)).status).toBe(200);
  });

  it('leaves a token alone that somebody brings', async () => {
    const answer = await auth.fetch('/users/me', { headers: { authorization: 'Bearer theirs' } });
    expect(answer.status).toBe(401);
    expect(between.passed.at(-1)).toMatchObject({ authorization: 'Bearer theirs' });
    expect(between.refreshes()).toBe(0);
  });
});
