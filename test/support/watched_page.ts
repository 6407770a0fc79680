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
  /** How far things moved by themselves since the page was loaded: the sum of its layout shifts. */
  shifts(): Promise<number>;
}

/** A tab of its own, which is watched from the start, as are the windows that it opens. */
export async function watchPage(context: BrowserContext, url: string): Promise<Watched> {
  const faults: string[] = [];
  const foreign: string[] = [];
  const watch = (page: Page) => {
    page.on('pageerror', (error) => faults.push(String(error)));
    page.on('console', (message) => {
      // A refusal, such as of the silent refresh of somebody who is not signed in, is an error to a browser.
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

/** Waits until nothing moves any more; an animation that is given up is over too, and an endless one is not waited for. */
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

/** How many pixels of the page are beyond the window's width. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');

/** Prefers a colour scheme, and waits until the page's scripts have heard of it: they do a frame or two after its styles. */
export async function preferScheme(page: Page, colorScheme: 'light' | 'dark'): Promise<void> {
  // In an object, so that it is not waited for before the scheme is another.
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

/** Everything that a script of the page could read and that outlives the page. */
export const everythingStored = (page: Page): Promise<string> =>
  page.evaluate(`JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])`);
