import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import type { Person } from './people.ts';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A page, and what no page of ours may do: all of it is empty, or 0, on a good one. */
export interface Watched {
  readonly page: Page;
  /** What broke, and what the Content-Security-Policy refused. */
  readonly faults: string[];
  /** Requests to other origins. */
  readonly foreign: string[];
  /** How far things moved by themselves since the page was loaded: the sum of its layout shifts. */
  shifts(): Promise<number>;
}

/** A tab of its own, which is watched from the start. */
export async function watchPage(context: BrowserContext, url: string): Promise<Watched> {
  const page = await context.newPage();
  const faults: string[] = [];
  const foreign: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => message.text().startsWith('CSP: ') && faults.push(message.text()));
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol !== 'data:' && origin !== new URL(url).origin) foreign.push(request.url());
  });
  await page.addInitScript(`
    addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) =>
      console.error('CSP: ' + effectiveDirective + ' refused ' + blockedURI));
    globalThis.shifted = 0;
    new PerformanceObserver((list) => {
      for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) globalThis.shifted += value;
    }).observe({ type: 'layout-shift', buffered: true });`);
  return { page, faults, foreign, shifts: () => page.evaluate('globalThis.shifted') };
}

/** What axe finds that keeps people out: the rule and where, of serious and critical findings. */
export async function findBarriers(page: Page): Promise<string[]> {
  // What is still fading in has not its colours yet.
  await page.evaluate(`Promise.all(document.getAnimations()
    .filter((animation) => animation.effect.getTiming().iterations !== Infinity)
    .map((animation) => animation.finished))`);
  await page.evaluate(axeSource);
  return page.evaluate(`axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + ': ' + target + ' ' + failureSummary)))`);
}

/** How many pixels of the page are beyond the window's width. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');

/** Everything that a script of the page could read and that outlives the page. */
export const everythingStored = (page: Page): Promise<string> =>
  page.evaluate(`JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])`);

/** The page's title, once it is that one. */
export const titled = (page: Page, name: string): Locator => page.getByRole('heading', { level: 1, name, exact: true });

/** Types into the sign-in form that is shown, and sends it. */
export async function fillSignIn(page: Page, { username, password }: Person): Promise<void> {
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Goes to the sign-in page and through it, to the profile. */
export async function signIn(page: Page, url: string, person: Person): Promise<void> {
  await page.goto(`${url}/sign-in`);
  await fillSignIn(page, person);
  await titled(page, 'Profile').waitFor();
}
