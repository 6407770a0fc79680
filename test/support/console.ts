import type { Locator, Page } from 'playwright-core';
import type { Person } from './people.ts';

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

/** Signs out by the menu. */
export async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: /: account menu$/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await titled(page, 'Sign in').waitFor();
}
