import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { skipped } from '../support/store_servers.ts';
import { browserSkipReason, launchBrowser } from '../support/browser.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { serveKit } from '../support/kit_page.ts';
import { holdBuild } from '../support/server_process.ts';

const SCRIPT = `
  import { createAuthClient } from 'gatehouse-client';
  await createAuthClient({ url: location.origin }).ready;
`;

describe('a first visit in Chromium', () => {
  if (browserSkipReason) return skipped(browserSkipReason);

  let gatehouse: Instance;
  let browser: Browser;
  beforeAll(async () => {
    await holdBuild();
    [gatehouse, browser] = await Promise.all([startInstance({ env: { INTROSPECTION: 'on' } }), launchBrowser()]);
  }, 180_000);
  afterAll(async () => {
    await Promise.all([browser?.close(), gatehouse?.close()]);
  });

  it.each(['/', '/sign-in', '/admin/users', '/graphql', '/docs', '/kit/'])(
    'writes no error into the console: %s',
    async (path) => {
      const page = await browser.newPage();
      const errors: string[] = [];
      page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
      page.on('response', (response) => {
        if (response.status() >= 400) errors.push(`${response.status()} ${response.url()}`);
      });
      await serveKit(page, gatehouse.url, SCRIPT);
      const refreshed =
        path === '/docs'
          ? undefined
          : page.waitForResponse((response) => /refresh\(/.test(response.request().postData() ?? ''));
      await page.goto(`${gatehouse.url}${path}`);
      await refreshed;
      await page.waitForLoadState('networkidle');
      expect(errors).toEqual([]);
      await page.close();
    },
  );
});
