import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadPolicies, policies, type Subject } from '../../src/gateway/authorization/policies.ts';

let folder: string;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-policies-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function load(source: string) {
  const file = join(folder, `${++files}.mjs`);
  await writeFile(file, source);
  return loadPolicies(file);
}

describe('POLICIES_FILE', () => {
  it('adds its policies to the built-in ones', async () => {
    const builtIn = await loadPolicies(undefined);
    const all = await load('export default { mine: () => true, "orders:own": async () => false };');
    expect([...all.keys()]).toEqual([...builtIn.keys(), 'mine', 'orders:own']);
    expect(builtIn.size).toBeGreaterThan(0);
  });

  it('may replace a built-in policy', async () => {
    const [name = ''] = (await loadPolicies(undefined)).keys();
    const all = await load(`export default { ${JSON.stringify(name)}: () => 'replaced' };`);
    expect(await all.get(name)!({} as never)).toBe('replaced');
  });

  it.each([
    ['no default export', 'export const mine = () => true;'],
    ['null', 'export default null;'],
    ['a text', 'export default "mine";'],
    ['a function', 'export default () => true;'],
    ['nothing in it', 'export default {};'],
    ['an empty list', 'export default [];'],
    ['what is no function', 'export default { mine: () => true, other: true };'],
    ['a fault in it', 'export default {'],
    ['a fault when it is loaded', 'throw new Error("no");'],
  ])('is refused at the start with %s', async (_what, source) => {
    await expect(load(source)).rejects.toThrow(/^POLICIES_FILE: /);
  });

  it('is refused at the start if it does not exist', async () => {
    await expect(loadPolicies(join(folder, 'none.mjs'))).rejects.toThrow(/^POLICIES_FILE: cannot be loaded/);
  });
});

describe('a built-in policy', () => {
  const person: Subject = {
    sub: 'kandi',
    role: 'admin',
    scopes: ['*'],
    clientId: null,
    narrowed: false,
    assurance: 2,
    fresh: true,
    sessionAge: async () => 0,
  };
  const app = { clientId: 'app', narrowed: true };
  const program = {
    sub: 'client:app',
    role: null,
    ...app,
    assurance: null,
    fresh: false,
    sessionAge: async () => Infinity,
  };

  it.each<[string, string, Partial<Subject>, boolean]>([
    ['admin', 'an admin', {}, true],
    ['admin', 'an admin whose role has few scopes', { scopes: ['account'] }, false],
    ['admin', 'an admin’s app with all scopes', app, true],
    ['admin', 'an admin’s app with one scope', { ...app, scopes: ['account'] }, false],
    ['admin', 'an admin’s token that was asked for with a scope', { narrowed: true, scopes: ['account'] }, false],
    ['admin', 'a user of another role', { role: 'user', scopes: ['account'] }, false],
    ['admin', 'a role of another name with every scope', { role: 'root' }, true],
    ['admin', 'a role that manages users', { role: 'support', scopes: ['users:write'] }, false],
    ['admin', 'a program', program, false],
    ['recent_sign_in', 'a sign-in of a quarter of an hour ago', { sessionAge: async () => 900 }, true],
    ['recent_sign_in', 'a sign-in of longer ago', { sessionAge: async () => 900.001 }, false],
    ['recent_sign_in', 'an app with one scope', { ...app, scopes: ['account'] }, false],
    ['recent_sign_in', 'a program', program, false],
    ['second_factor', 'a user with two factors', {}, true],
    ['second_factor', 'a user with one factor', { assurance: 1 }, false],
    ['second_factor', 'an app, after two factors', { ...app, scopes: ['account'] }, true],
    ['second_factor', 'a program', program, false],
    ['fresh', 'a fresh authentication', { assurance: 1 }, true],
    ['fresh', 'an old one', { fresh: false }, false],
    ['fresh', 'an app, after a fresh authentication', { ...app, scopes: ['account'] }, true],
    ['fresh', 'a program', program, false],
    ['person', 'anybody', { role: 'user', scopes: [] }, true],
    ['person', 'an app with one scope', { ...app, scopes: ['account'] }, false],
    ['person', 'a program with all scopes', program, false],
  ])('%s: %s', async (name, _who, more, expected) => {
    expect(await policies[name]!({ ...person, ...more })).toBe(expected);
  });
});
