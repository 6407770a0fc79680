import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page, Request } from 'playwright-core';
import { skipped } from '../support/store_servers.ts';
import { browserSkipReason, launchBrowser } from '../support/browser.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { noteSecrets } from '../support/log_file.ts';
import { everythingStored, findFlaws, overflow, type Watched, watchPage } from '../support/watched_page.ts';
import { createUser, type Person } from '../support/accounts.ts';
import { holdBuild } from '../support/server_process.ts';
import { until } from '../support/until.ts';
import { realTime } from '../support/real_time.ts';

/** Findings of axe in the markup of GraphiQL: its tabs hold their close buttons. */
const OF_GRAPHIQL = [/nested-interactive: \.graphiql-tab/];

type Pane = 'operation.graphql' | 'variables.json' | 'request-headers.json' | 'response.json';

/** The API of Monaco, which GraphiQL leaves on its page. */
interface WithMonaco {
  __MONACO: { editor: { getModels(): { uri: { path: string }; getValue(): string }[] } };
}

const read = (page: Page, pane: Pane): Promise<string> =>
  page.evaluate((name) => {
    const models = (globalThis as unknown as WithMonaco).__MONACO.editor.getModels();
    return models.find(({ uri }) => uri.path.endsWith(name))?.getValue() ?? '';
  }, pane);

/** The pane's text, once it has `part` in it. */
const readWith = (page: Page, pane: Pane, part: string) =>
  until(
    () => read(page, pane),
    (text) => text.includes(part),
  );

/** Replaces a pane's text as a person would: click into it, select all, paste. */
async function write(page: Page, pane: Pane, value: object): Promise<void> {
  const text = JSON.stringify(value);
  await page.locator(`.monaco-editor[data-uri$="${pane}"]`).click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(text)})`);
  await page.keyboard.press('ControlOrMeta+v');
  expect(await readWith(page, pane, text)).toBe(text);
}

/** Runs what is in the editor, and answers what came back, once it has `part` in it. */
async function run(page: Page, part: string): Promise<any> {
  await page.getByRole('button', { name: 'Execute query' }).click();
  return JSON.parse(await readWith(page, 'response.json', part));
}

/** Opens an example from the pane. */
async function open(page: Page, title: string): Promise<void> {
  await page.getByRole('region', { name: 'Examples' }).getByRole('button', { name: title }).click();
}

const editorOf = (page: Page) => page.locator('.monaco-editor[data-uri$="operation.graphql"] .view-line').first();

describe('the playground in Chromium', () => {
  if (browserSkipReason) return skipped(browserSkipReason);

  let gatehouse: Instance;
  let browser: Browser;
  let watched: Watched;
  let page: Page;
  let kandi: Person;
  const requests: Request[] = [];
  const secrets: string[] = [];

  beforeAll(async () => {
    await holdBuild();
    // The schema that a role may access: the playground shows that of the person who is signed in.
    [gatehouse, browser] = await Promise.all([startInstance({ env: { INTROSPECTION: 'role' } }), launchBrowser()]);
    kandi = await createUser(gatehouse, { fullName: 'Kandi Brian' });
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: gatehouse.url });
    context.on('request', (request) => requests.push(request));
    context.on('response', async (response) => {
      const body: any = await response.json().catch(() => ({}));
      const tokens: string[] = [body.data?.tokens?.accessToken ?? []].flat();
      noteSecrets(...tokens);
      secrets.push(...tokens);
    });
    watched = await watchPage(context, gatehouse.url);
    page = watched.page;
  }, 240_000);

  afterAll(async () => {
    await Promise.all([browser?.close(), gatehouse?.close()]);
  });

  const bar = () => page.getByRole('banner');

  async function signIn({ username, password }: Person): Promise<void> {
    noteSecrets(password);
    secrets.push(password);
    await bar().getByLabel('Username').fill(username);
    await bar().getByLabel('Password').fill(password);
    await bar().getByRole('button', { name: 'Sign in' }).click();
  }

  const saysWho = (text: string) => bar().getByRole('status').filter({ hasText: text }).waitFor();

  /** Tells whether GraphiQL's schema has a field. */
  async function knows(field: string, expected: boolean): Promise<void> {
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
    await page.getByRole('link', { name: 'Query', exact: true }).click();
    await page
      .getByRole('link', { name: 'protectedData', exact: true })
      .or(page.getByRole('link', { name: 'gatehouse', exact: true }))
      .first()
      .waitFor();
    expect(await page.getByRole('link', { name: field, exact: true }).count()).toBe(expected ? 1 : 0);
    await page.getByRole('button', { name: 'Show Examples' }).click();
  }

  test('opens with an example and a form; a wrong password is said to be one, and Me is refused', async () => {
    const document = await page.goto(`${gatehouse.url}/graphql`);
    const policy = document?.headers()['content-security-policy'] ?? '';
    expect(policy).toMatch(/(^|; ?)script-src 'self'(;|$)/);
    expect(policy).not.toContain('unsafe-eval');
    await editorOf(page).waitFor();
    expect(await read(page, 'operation.graphql')).toContain('query Me {');
    await saysWho('Not signed in');

    await signIn({ ...kandi, password: 'wrong' });
    await bar().getByRole('alert').filter({ hasText: 'Incorrect username or password' }).waitFor();
    // Another try is typed over the last one.
    expect(await page.evaluate('document.activeElement.name')).toBe('password');
    const { errors } = await run(page, '"errors"');
    expect(errors[0].extensions).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'MISSING' });
  }, 60_000);

  test('the form signs in: Me is answered, the role is shown, and so is the schema that it may reach', async () => {
    await knows('users', false);
    await signIn(gatehouse.admin);
    await saysWho('Signed in as admin, role admin');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Sign out');
    const { data } = await run(page, '"me"');
    expect(data.me).toMatchObject({ username: 'admin', role: 'admin' });
    await knows('users', true);
  }, 60_000);

  test('an example opens with its variables, in place of an unchanged one', async () => {
    await open(page, 'Find accounts');
    expect(await page.getByRole('tab').count()).toBe(1);
    expect(JSON.parse(await read(page, 'variables.json'))).toMatchObject({ orderBy: 'LAST_LOGIN_AT' });
    const { data } = await run(page, '"users"');
    expect(data.users.totalCount).toBe(2);
    await page.locator('.monaco-editor[data-uri$="operation.graphql"] .view-lines').click();
    await page.keyboard.type('# mine');
    await open(page, 'Who am I?');
    expect(await page.getByRole('tab').count()).toBe(2);
  }, 60_000);

  test('a typed Authorization header wins', async () => {
    const { accessToken } = await gatehouse.client.login(kandi.username, kandi.password);
    await page.getByRole('button', { name: 'Headers', exact: true }).click();
    await write(page, 'request-headers.json', { Authorization: `Bearer ${accessToken}` });
    expect((await run(page, kandi.username)).data.me).toMatchObject({ fullName: 'Kandi Brian' });
    await write(page, 'request-headers.json', {});
  }, 60_000);

  test('a reload keeps the session, and nothing that was typed', async () => {
    // Longer than GraphiQL waits before it stores anything. Nothing is stored, so there is no event.
    await realTime(1_000);
    await page.reload();
    await editorOf(page).waitFor();
    await saysWho('Signed in as admin, role admin');
    expect((await run(page, '"me"')).data.me).toMatchObject({ username: 'admin' });
  }, 60_000);

  test('signing out forgets the token, the answers, the variables, the headers, the history and the schema', async () => {
    await write(page, 'variables.json', { currentPassword: gatehouse.admin.password });
    await page.getByRole('button', { name: 'Headers', exact: true }).click();
    await write(page, 'request-headers.json', { 'X-Mine': 'of admin' });
    await run(page, '"me"');
    const history = page.locator('.graphiql-history-item');
    await page.getByRole('button', { name: 'Show History' }).click();
    await history.first().waitFor();
    await page.getByRole('button', { name: 'New tab' }).click();
    await bar().getByRole('button', { name: 'Sign out' }).click();
    await saysWho('Not signed in');
    expect(await read(page, 'response.json')).toBe('');
    // Once the server has heard it.
    await until(
      () => page.evaluate<string>('document.activeElement.name'),
      (name) => name === 'username',
    );
    await page.getByRole('tab').first().click();
    await readWith(page, 'operation.graphql', 'query Me {');
    for (const pane of ['response.json', 'variables.json', 'request-headers.json'] as const) {
      expect([pane, await read(page, pane)]).toEqual([pane, '']);
    }
    expect(await history.count()).toBe(0);
    await page.getByRole('button', { name: 'Show Examples' }).click();
    const { errors } = await run(page, '"errors"');
    expect(errors[0].extensions).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'MISSING' });
    await knows('users', false);
    await page.reload();
    await editorOf(page).waitFor();
    await saysWho('Not signed in');
  }, 60_000);

  test('a session that ends elsewhere is over here with the next operation', async () => {
    await signIn(kandi);
    await saysWho(`Signed in as ${kandi.username}, role user`);
    const { accessToken } = await gatehouse.client.login(kandi.username, kandi.password);
    await run(page, '"me"');
    await page.getByRole('button', { name: 'New tab' }).click();
    await gatehouse.client.ask('mutation { logoutEverywhere }', { token: accessToken });
    await open(page, 'Who am I?');
    const { errors } = await run(page, '"errors"');
    expect(errors[0].extensions).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'REVOKED' });
    await saysWho('Not signed in');
    await page.getByRole('tab').first().click();
    await readWith(page, 'operation.graphql', 'query Me {');
    expect(await read(page, 'response.json')).toBe('');
  }, 60_000);

  test('a query in the address is filled in, and run only by the person', async () => {
    const query = 'query Linked($first: Int) { users(first: $first) { totalCount } }';
    const before = requests.length;
    await page.goto(
      `${gatehouse.url}/graphql?${new URLSearchParams({ query, variables: '{"first": 1}', operationName: 'Linked' })}`,
    );
    await editorOf(page).waitFor();
    expect(await readWith(page, 'operation.graphql', 'Linked')).toBe(query);
    expect(await read(page, 'variables.json')).toBe('{"first": 1}');
    const sent = requests.slice(before).flatMap((request) => request.postData() ?? []);
    expect(sent.filter((body) => body.includes('totalCount'))).toEqual([]);
    await run(page, '"errors"');
  }, 60_000);

  test('select all and type replaces what is in the editor', async () => {
    await page.locator('.monaco-editor[data-uri$="operation.graphql"]').click();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('{ me { id } }');
    expect(await readWith(page, 'operation.graphql', '{ me { id } }')).toBe('{ me { id } }');
  }, 60_000);

  test('the console is one link away', async () => {
    await bar().getByRole('link', { name: 'Console' }).click();
    await page.waitForURL(`${gatehouse.url}/sign-in`);
    await page.goto(`${gatehouse.url}/graphql`);
    await editorOf(page).waitFor();
  }, 60_000);

  test('nothing keeps people out', async () => {
    expect(await findFlaws(page, OF_GRAPHIQL)).toEqual([]);
  }, 60_000);

  test('a phone shows the answer under the question, and a pane in place of both', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await overflow(page)).toBe(0);
    await open(page, 'Server facts');
    await run(page, '"gatehouse"');
    const [question, answer] = await Promise.all(
      ['Operation Editor', 'Result Window'].map((name) => page.getByLabel(name).boundingBox()),
    );
    expect(answer!.width).toBeGreaterThan(250);
    expect(answer!.y).toBeGreaterThan(question!.y);
  }, 60_000);

  test('no secret was stored or put into a URL, no other server was asked, and no policy was broken', async () => {
    expect(secrets.length).toBeGreaterThan(4);
    const stored = await everythingStored(page);
    const urls = requests.map((request) => request.url());
    expect(secrets.filter((secret) => [stored, ...urls].some((text) => text.includes(secret)))).toEqual([]);
    // Each password went with its own sign-in alone.
    const bodies = requests.flatMap((request) => request.postData() ?? []);
    expect(bodies.filter((body) => body.includes(kandi.password))).toHaveLength(1);
    expect(watched.foreign).toEqual([]);
    expect(watched.faults).toEqual([]);
  });
});
