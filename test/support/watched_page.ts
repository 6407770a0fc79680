import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import type { BrowserContext, Page } from 'playwright-core';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A page with the faults that none of our pages may have. On a good page all lists are empty and all numbers are 0. */
export interface Watched {
  readonly page: Page;
  /** Errors of the page, messages of its scripts, and violations of the Content-Security-Policy. */
  readonly faults: string[];
  /** Requests to other origins. */
  readonly foreign: string[];
  /** Returns how far elements moved by themselves since the page was loaded: the sum of its layout shifts. */
  shifts(): Promise<number>;
}

/** Opens a tab that is watched from the start, with the windows that it opens. */
export async function watchPage(context: BrowserContext, url: string): Promise<Watched> {
  const faults: string[] = [];
  const foreign: string[] = [];
  const watch = (page: Page) => {
    page.on('pageerror', (error) => faults.push(String(error)));
    page.on('console', (message) => {
      // Browsers report a refused request as an error, such as the silent refresh of a visitor without a session.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource: '))
        faults.push(message.text());
    });
    page.on('request', (request) => {
      const { protocol, origin } = new URL(request.url());
      if (protocol !== 'data:' && origin !== new URL(url).origin) foreign.push(request.url());
    });
    page.on('popup', watch);
  };
  const page = await context.newPage();
  watch(page);
  await page.addInitScript(`
    addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) =>
      console.error('CSP: ' + effectiveDirective + ' refused ' + blockedURI));
    globalThis.shifted = 0;
    new PerformanceObserver((list) => {
      for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) globalThis.shifted += value;
    }).observe({ type: 'layout-shift', buffered: true });`);
  return { page, faults, foreign, shifts: () => page.evaluate('globalThis.shifted') };
}

/** Waits for all animations to end. Cancelled ones count as ended, and endless ones are skipped. */
export async function finishAnimations(page: Page): Promise<void> {
  await page.evaluate(`Promise.all(document.getAnimations()
    .filter((animation) => animation.effect.getTiming().iterations !== Infinity)
    .map((animation) => animation.finished.catch(() => undefined)))`);
}

/** Returns the serious and critical findings of axe: the rule and the place. */
export async function findBarriers(page: Page): Promise<string[]> {
  // Elements that still fade in do not have their final colours yet.
  await finishAnimations(page);
  if (await page.evaluate('globalThis.axe === undefined')) await page.evaluate(axeSource);
  return page.evaluate(`axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + ': ' + target + ' ' + failureSummary)))`);
}

/** Returns by how many pixels the page is wider than the window. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');

/** Sets the preferred colour scheme, and waits for the page's scripts, which see it a frame or two after its styles. */
export async function preferScheme(page: Page, colorScheme: 'light' | 'dark'): Promise<void> {
  // Wrapped in an object, so that the promise is not awaited before the scheme changes.
  const news = await page.evaluateHandle<{ readonly heard: Promise<void> }>(`({ heard: new Promise((resolve) => {
    const query = matchMedia('(prefers-color-scheme: ${colorScheme})');
    if (query.matches) resolve();
    else query.addEventListener('change', () => resolve());
  }) })`);
  await page.emulateMedia({ colorScheme });
  await news.evaluate(({ heard }) => heard);
}

/**
 * Finds the layout faults of a page, on a desktop in light mode and on a small phone in dark mode.
 * @param accepted known findings that are not ours to fix
 */
export async function findFlaws(page: Page, accepted: readonly RegExp[] = []): Promise<string[]> {
  const found: string[] = [];
  for (const [colorScheme, width] of [
    ['light', 1280],
    ['dark', 320],
  ] as const) {
    await page.setViewportSize({ width, height: 800 });
    await preferScheme(page, colorScheme);
    const barriers = (await findBarriers(page)).filter((barrier) => !accepted.some((known) => known.test(barrier)));
    found.push(...barriers.map((barrier) => `${colorScheme}, ${width}: ${barrier}`));
    const beyond = await overflow(page);
    if (beyond > 0) found.push(`${colorScheme}, ${width}: ${beyond} pixels beyond the window`);
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  return found;
}

/** Returns all data that a script of the page could read and that outlives the page. */
export const everythingStored = (page: Page): Promise<string> =>
  page.evaluate(`JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])`);
