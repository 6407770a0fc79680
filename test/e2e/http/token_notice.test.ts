import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Instance, startInstance } from '../../support/instance.ts';
import { adminToken, createUser, type Person } from '../../support/accounts.ts';

const APP = 'https://app.example.com';

let ahead = 0;
let gatehouse: Instance;
let kandi: Person;
let token: string;
beforeAll(async () => {
  gatehouse = await startInstance({ clock: () => Date.now() + ahead, env: { CORS_ORIGINS: APP } });
});
afterAll(() => gatehouse.close());
beforeEach(async () => {
  ahead = 0;
  kandi = await createUser(gatehouse);
  token = (await gatehouse.client.login(kandi.username, kandi.password)).accessToken;
});

const asAdmin = async (mutation: string) => {
  const { errors } = await gatehouse.client.ask(`mutation { ${mutation} }`, { token: await adminToken(gatehouse) });
  expect(errors).toBeUndefined();
};
const graph = (query: string, headers: Record<string, string> = {}) =>
  fetch(`${gatehouse.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });
const bearer = () => ({ authorization: `Bearer ${token}` });
const noticeOf = async (answer: Promise<Response>) => (await answer).headers.get('gatehouse-token');
const DOORS: [name: string, ask: (headers: Record<string, string>) => Promise<Response>][] = [
  ['the graph', (headers) => graph('{ me { username } }', headers)],
  ['the graph, of a query in the address', (headers) => fetch(`${gatehouse.url}/graphql?query={me{id}}`, { headers })],
  ['the graph, of a refused field', (headers) => graph('{ adminDashboard { message } }', headers)],
  ['the REST door', (headers) => fetch(`${gatehouse.url}/users/me`, { headers })],
];

describe.each(DOORS)('%s', (_name, ask) => {
  it('logs nothing for a valid token, nor without one', async () => {
    expect(await noticeOf(ask(bearer()))).toBeNull();
    expect(await noticeOf(ask({}))).toBeNull();
  });

  it('says that the role is another one, until a token names it', async () => {
    await asAdmin(`setUserRole(username: "${kandi.username}", role: "admin") { id }`);
    expect(await noticeOf(ask(bearer()))).toBe('role-changed');
    token = (await gatehouse.client.login(kandi.username, kandi.password)).accessToken;
    expect(await noticeOf(ask(bearer()))).toBeNull();
  });

  it('says that a token was refused: made up, over, revoked', async () => {
    expect(await noticeOf(ask({ authorization: 'Bearer made-up' }))).toBe('refused');
    await gatehouse.client.ask('mutation { logoutEverywhere }', { token });
    expect(await noticeOf(ask(bearer()))).toBe('refused');
    token = (await gatehouse.client.login(kandi.username, kandi.password)).accessToken;
    ahead = 31 * 60_000;
    expect(await noticeOf(ask(bearer()))).toBe('refused');
  });
});

it('says so under 200 as well', async () => {
  const answer = await graph('{ me { username } }', { authorization: 'Bearer made-up' });
  expect([answer.status, answer.headers.get('gatehouse-token')]).toEqual([200, 'refused']);
});

it('is read by pages of other origins, as the device token is', async () => {
  const { headers } = await graph('{ me { username } }', { ...bearer(), origin: APP });
  const exposed = headers.get('access-control-expose-headers')?.split(',');
  expect(exposed).toEqual(expect.arrayContaining(['Gatehouse-Token', 'Gatehouse-Device']));
});
