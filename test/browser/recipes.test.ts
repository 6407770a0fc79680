import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { AuthClient } from '../../packages/client/src/auth_client.ts';
import { skipped } from '../support/store_servers.ts';
import { browserSkipReason, launchBrowser } from '../support/browser.ts';
import { bundle } from '../support/bundle.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { sectionsOf } from '../support/markdown.ts';
import { createUser, type Person } from '../support/accounts.ts';
import { until } from '../support/until.ts';

/** The global scope of a page of these tests. */
interface App {
  readonly auth: AuthClient;
  /** Asks as a program does, by the recipe's present client: the user name, or what was refused. */
  readonly ask: () => Promise<string>;
  /** The texts that the component of the page has shown, in order. */
  readonly shown: string[];
}

interface Library {
  readonly heading: string;
  /** Gives `ask`, by `client`. */
  readonly ask: string;
  /** Gives the component `Me`, which shows the user name. */
  readonly me: string;
}

const LIBRARIES: Library[] = [
  {
    heading: 'Apollo Client',
    ask: `const ask = async () => {
      const { data, error } = await client.query({ query: ME, errorPolicy: 'all', fetchPolicy: 'network-only' });
      return data?.me?.username ?? 'refused: ' + error?.message;
    };`,
    me: `import { useQuery } from '@apollo/client/react';
    const ME = gql('query Me { me { id username role } }');
    function useMe() {
      const { data, error } = useQuery(ME);
      return data?.me.username ?? error?.message ?? 'loading';
    }`,
  },
  {
    heading: 'urql',
    ask: `const ask = async () => {
      const { data, error } = await client.query(ME, {}, { requestPolicy: 'network-only' });
      return data?.me?.username ?? 'refused: ' + error?.message;
    };`,
    me: `import { useQuery } from 'urql';
    const ME = gql('query Me { me { id username role } }');
    function useMe() {
      const [{ data, error }] = useQuery({ query: ME });
      return data?.me.username ?? error?.message ?? 'loading';
    }`,
  },
];

/** A page of both recipes of a section, as they are printed, in React's StrictMode. */
function scriptOf({ heading, ask, me }: Library, url: string): string {
  const { blocks } = sectionsOf('docs/clients.md').find((section) => section.heading === heading)!;
  const [recipe, component] = blocks.filter(({ language }) => language === 'ts').map(({ text }) => text);
  const [setup] = recipe!.split('\nawait auth.login');
  return `${setup!.replace('https://auth.example.com', url)}
    ${component}
    ${me}
    ${ask}
    import { StrictMode } from 'react';
    import { createRoot } from 'react-dom/client';
    globalThis.shown = [];
    function Me() {
      const text = useMe();
      if (shown.at(-1) !== text) shown.push(text);
      return text;
    }
    Object.assign(globalThis, { auth, ask });
    const root = createRoot(document.body.appendChild(document.createElement('main')));
    root.render(<StrictMode><Graph auth={auth} makeClient={makeClient}><Me /></Graph></StrictMode>);`;
}

describe('the recipes of docs/clients.md in Chromium', () => {
  if (browserSkipReason) return skipped(browserSkipReason);

  let gatehouse: Instance;
  let browser: Browser;
  let kandi: Person;
  beforeAll(async () => {
    [gatehouse, browser] = await Promise.all([startInstance(), launchBrowser()]);
    kandi = await createUser(gatehouse);
  }, 60_000);
  afterAll(async () => {
    await Promise.all([browser?.close(), gatehouse?.close()]);
  });

  describe.each(LIBRARIES)('$heading', (library) => {
    let script: string;
    let context: BrowserContext;
    let page: Page;
    let asked: number;
    /** While it is set, queries are held: the answer is handed on once it has resolved. */
    let held: Promise<void> | undefined;
    beforeAll(async () => void (script = await bundle(scriptOf(library, gatehouse.url))), 120_000);
    beforeEach(async () => {
      context = await browser.newContext();
      asked = 0;
      held = undefined;
      await context.route(`${gatehouse.url}/app/**`, (route) =>
        route.request().url().endsWith('.js')
          ? route.fulfill({ contentType: 'text/javascript', body: script })
          : route.fulfill({ contentType: 'text/html', body: '<body><script type="module" src="app.js"></script>' }),
      );
      await context.route(`${gatehouse.url}/graphql`, async (route) => {
        if (!route.request().postData()?.includes('query Me')) return route.continue();
        asked++;
        const before = held;
        const response = await route.fetch();
        await before;
        await route.fulfill({ response }).catch(() => {});
      });
      page = await context.newPage();
      await page.goto(`${gatehouse.url}/app/`);
      await page.waitForFunction('globalThis.auth?.state === "signed-out"');
    });
    afterEach(() => context.close());

    const run = <Result>(work: (app: App) => Result | Promise<Result>): Promise<Result> =>
      page.evaluate(`(${work.toString()})(globalThis)`);
    const login = ({ username, password }: Person) =>
      page.evaluate<unknown>(`auth.login(${JSON.stringify({ username, password })})`);
    const shows = (text: string) => page.waitForFunction(`shown.at(-1) === ${JSON.stringify(text)}`);
    /** Has the page ask, whose answer is held back. @returns what hands it on */
    async function askAndHold(): Promise<() => void> {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      asked = 0;
      await page.evaluate('void (globalThis.pending = ask().catch((error) => error.message))');
      await until(() => asked === 1);
      held = undefined;
      return resolve;
    }
    const REFUSED = /Could not validate credentials/;

    it('asks once at a page load, with a session from before and without', async () => {
      await page.waitForFunction('shown.length === 2');
      expect([asked, await run(({ shown }) => shown)]).toEqual([1, ['loading', expect.stringMatching(REFUSED)]]);
      await login(kandi);
      await shows(kandi.username);
      asked = 0;
      await page.reload();
      await page.waitForFunction('globalThis.shown?.length === 2');
      expect([asked, await run(({ shown }) => shown)]).toEqual([1, ['loading', kandi.username]]);
      // And what a program asks before the session is restored.
      await page.reload();
      await page.waitForFunction('globalThis.ask');
      expect(await run(({ ask }) => ask())).toBe(kandi.username);
    });

    it('kills no query that is in flight at a sign-in, and shows the person', async () => {
      await page.waitForFunction('shown.length === 2');
      const release = await askAndHold();
      await login(kandi);
      release();
      expect(await page.evaluate('pending')).toMatch(REFUSED);
      await shows(kandi.username);
      expect(await run(({ ask }) => ask())).toBe(kandi.username);
    });

    it('settles a query that is in flight at a sign-out, and drops its result', async () => {
      await login(kandi);
      await shows(kandi.username);
      const release = await askAndHold();
      await run(({ auth }) => auth.logout());
      release();
      expect(await page.evaluate('pending')).toBe(kandi.username);
      await page.waitForFunction('/Could not validate/.test(shown.at(-1))');
      expect(await run(({ ask }) => ask())).toMatch(REFUSED);
    });

    it('does not show the next person the late result of the person before', async () => {
      await login(kandi);
      await shows(kandi.username);
      const release = await askAndHold();
      await page.evaluate('shown.length = 0');
      await login(gatehouse.admin);
      release();
      expect(await page.evaluate('pending')).toBe(kandi.username);
      await shows('admin');
      expect(await run(({ shown }) => shown)).toEqual(['loading', 'admin']);
      await page.reload();
      await shows('admin');
    });
  });
});
