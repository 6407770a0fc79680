import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const usualPlaces = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

const executablePath = process.env.CHROMIUM_PATH || usualPlaces.find((path) => existsSync(path));

/** The reason why browser tests cannot run here; undefined if they can. */
export const browserSkipReason = executablePath
  ? undefined
  : 'no Chromium found: install one, or name its file in CHROMIUM_PATH';

/** Launches a headless Chromium with a new, empty profile, which makes no requests of its own. */
export function launchBrowser(): Promise<Browser> {
  if (!executablePath) throw new Error(browserSkipReason);
  return chromium.launch({
    executablePath,
    args: [
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
