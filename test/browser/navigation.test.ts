import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { adminLinks } from '../../web/console/admin/links.ts';
import { NAVIGATION } from '../../web/console/shell/navigation.ts';
import { skipped } from '../support/store_servers.ts';
import { browserSkipReason } from '../support/browser.ts';
import { type Console, signIn, startConsole, titled } from '../support/console_pages.ts';
import { finishAnimations } from '../support/watched_page.ts';

// A browser on a busy machine is slow.
jest.setTimeout(180_000);

/** A phone, a tablet, a desk, and the desk at 200 % zoom: half the pixels. */
const SIZES = [
  { title: 'a phone', width: 390, height: 844 },
  { title: 'a tablet', width: 820, height: 1180 },
  { title: 'a desk', width: 1280, height: 800 },
  { title: 'a desk at 200 % zoom', width: 640, height: 400 },
];

const ROUTES = NAVIGATION.flatMap(({ items }) => items.filter(({ isOutside }) => !isOutside).map(({ to }) => to));

describe('the navigation in Chromium', () => {
  if (browserSkipReason) return skipped(browserSkipReason);

  let pages: Console;
  beforeAll(async () => {
    pages = await startConsole();
  }, 240_000);
  afterAll(() => pages?.close());
  afterEach(() => pages.closeWindows());

  /** Tells whether a link lies within the window as a whole. */
  async function isInSight(page: Page, name: string): Promise<boolean> {
    const link = page.getByRole('link', { name, exact: true });
    await link.waitFor();
    await link.scrollIntoViewIfNeeded();
    const box = (await link.boundingBox())!;
    const { width, height } = page.viewportSize()!;
    return box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height;
  }

  // Each loaded anew: what another page brought is not there.
  test.each(SIZES)('is in sight on every page that is opened first, on $title', async ({ width, height }) => {
    const { page } = await pages.open();
    await page.setViewportSize({ width, height });
    await signIn(page, pages.gatehouse.url, pages.gatehouse.admin);
    for (const route of ['/', ...ROUTES]) {
      await page.goto(`${pages.gatehouse.url}${route}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      const opener = page.getByRole('button', { name: 'Open navigation' });
      if (await opener.isVisible()) {
        await opener.click();
        const drawer = page.getByRole('dialog', { name: 'Navigation' });
        await drawer.waitFor();
        // It slides in.
        await finishAnimations(page);
        const box = (await drawer.boundingBox())!;
        expect({ route, ...box }).toMatchObject({ route, x: 0, y: 0 });
      }
      for (const name of ['Security', 'Sessions', adminLinks[1]!.name])
        expect({ route, name, isInSight: await isInSight(page, name) }).toEqual({ route, name, isInSight: true });
    }
    await page.getByRole('link', { name: 'Sessions', exact: true }).click();
    await titled(page, 'Sessions').waitFor();
  });
});
