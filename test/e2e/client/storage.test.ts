/**
 * Loads the server into jest's modules: the test holds the timers.
 * @jest-environment node
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type AuthClient, type AuthStorage, createAuthClient } from '../../../packages/client/src/index.ts';
import type { Instance } from '../../support/instance.ts';
import { type Intermediary, startIntermediary } from '../../support/http_proxy.ts';
import { createUser, type Person } from '../../support/accounts.ts';
import { startInstance } from '../../support/instance.ts';

/** Works like a phone's keychain: asynchronous, with few characters allowed in its keys. */
class Keychain implements AuthStorage {
  readonly items = new Map<string, string>();
  fails = false;

  async getItem(key: string): Promise<string | null> {
    return this.#reach(() => this.items.get(key) ?? null);
  }
  async setItem(key: string, value: string): Promise<void> {
    await this.#reach(() => {
      if (!/^[\w.-]+$/.test(key)) throw new Error(`Invalid key: ${key}`);
      this.items.set(key, value);
    });
  }
  async removeItem(key: string): Promise<void> {
    await this.#reach(() => this.items.delete(key));
  }
  get kept(): Record<string, unknown> {
    return JSON.parse([...this.items.values()][0] ?? '{}') as Record<string, unknown>;
  }
  async #reach<Result>(work: () => Result): Promise<Result> {
    await new Promise(setImmediate);
    if (this.fails) throw new Error('The keychain is locked');
    return work();
  }
}

let gatehouse: Instance;
let between: Intermediary;
let keychain: Keychain;
let kandi: Person;
let programs: AuthClient[];
beforeAll(async () => {
  gatehouse = await startInstance();
  between = await startIntermediary(gatehouse.url);
});
afterAll(async () => {
  await between.close();
  await gatehouse.close();
});
beforeEach(async () => {
  between.reset();
  keychain = new Keychain();
  kandi = await createUser(gatehouse);
  programs = [];
});
afterEach(() => programs.forEach((program) => program.close()));

/** Starts the program again with its stored data. */
function start(): AuthClient {
  const program = createAuthClient({ url: between.url, storage: keychain });
  programs.push(program);
  return program;
}
const away = () => between.treat((_request, response) => Promise.resolve(response.destroy()));

describe('a program with a storage', () => {
  it('goes on with its session where it starts again', async () => {
    const first = start();
    expect([first.state, await first.ready]).toEqual(['unknown', 'signed-out']);
    await first.login(kandi);
    first.close();
    for (let times = 0; times < 3; times++) {
      const next = start();
      const reasons: string[] = [];
      next.on('change', ({ reason }) => reasons.push(reason));
      expect(await next.ready).toBe('signed-in');
      expect((await next.fetch('/users/me')).status).toBe(200);
      expect([next.user?.username, reasons]).toEqual([kandi.username, ['restored']]);
      next.close();
    }
  });

  it('asks for nothing where it keeps nothing', async () => {
    expect(await start().ready).toBe('signed-out');
    expect(between.passed).toEqual([]);
  });

  it('stores the successor before its first use', async () => {
    const program = start();
    await program.ready;
    await program.login(kandi);
    const before = keychain.kept['refresh'];
    let keptThen: unknown;
    program.on('refresh', () => (keptThen = keychain.kept['refresh']));
    await program.getAccessToken({ force: true });
    expect(keptThen).toBe(keychain.kept['refresh']);
    expect(keptThen).not.toBe(before);
  });

  it('shares its session with another process of the same storage', async () => {
    const one = start();
    await one.login(kandi);
    const other = start();
    await other.ready;
    for (const program of [one, other, one]) expect(await program.getAccessToken({ force: true })).toBeDefined();
    await other.logout();
    expect(await one.getAccessToken({ force: true })).toBeUndefined();
    expect([one.state, keychain.kept['refresh']]).toEqual(['signed-out', undefined]);
  });

  it('keeps no token of a session that is over', async () => {
    const program = start();
    await program.login(kandi);
    await gatehouse.client.ask('mutation { logoutEverywhere }', { token: await program.getAccessToken() });
    await program.fetch('/users/me');
    expect([program.state, Object.keys(keychain.kept)]).toEqual(['signed-out', ['device']]);
  });

  it('signs out, and keeps what makes the device known', async () => {
    const program = start();
    await program.login(kandi);
    const token = await program.getAccessToken();
    await program.logout();
    expect(Object.keys(keychain.kept)).toEqual(['device']);
    expect((await gatehouse.client.me(token)).refusal).toBe('UNAUTHENTICATED/REVOKED');
    expect(await start().ready).toBe('signed-out');
  });

  it('repeats a sign-out at its next start if the gateway was unavailable', async () => {
    const program = start();
    await program.login(kandi);
    const token = await program.getAccessToken();
    away();
    await expect(program.logout()).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect([program.state, program.pendingLogout]).toEqual(['signed-out', 'owed']);
    program.close();
    between.reset();
    const next = start();
    expect(await next.ready).toBe('signed-out');
    expect([next.pendingLogout, Object.keys(keychain.kept)]).toEqual([undefined, ['device']]);
    expect((await gatehouse.client.me(token)).refusal).toBe('UNAUTHENTICATED/REVOKED');
  });

  it('makes it good beside the session of somebody who has signed in since', async () => {
    const program = start();
    await program.login(kandi);
    const token = await program.getAccessToken();
    away();
    await expect(program.logout()).rejects.toMatchObject({ code: 'UNREACHABLE' });
    between.reset();
    await program.login(gatehouse.admin);
    program.close();
    const next = start();
    expect([await next.ready, next.user?.username]).toEqual(['signed-in', 'admin']);
    expect((await gatehouse.client.me(token)).refusal).toBe('UNAUTHENTICATED/REVOKED');
  });

  it('owes no sign-out that another process has made good, and asks for nothing all the time', async () => {
    const program = start();
    await program.ready;
    await program.login(kandi);
    away();
    await expect(program.logout()).rejects.toMatchObject({ code: 'UNREACHABLE' });
    between.reset();
    await program.login(gatehouse.admin);
    const other = start();
    await other.ready;
    expect(Object.keys(keychain.kept).toSorted()).toEqual(['device', 'refresh']);
    const before = between.refreshes();
    jest.useFakeTimers();
    program.close();
    program.open();
    await jest.advanceTimersByTimeAsync(60_000);
    jest.useRealTimers();
    expect([program.pendingLogout, between.refreshes()]).toEqual([undefined, before]);
  });

  it('goes on in memory where the storage fails, and says so until it keeps again', async () => {
    const program = start();
    await program.ready;
    await program.login(kandi);
    keychain.fails = true;
    const codes: unknown[] = [];
    program.on('failure', ({ error }) => codes.push(error?.code));
    await expect(program.getAccessToken({ force: true })).rejects.toMatchObject({ code: 'STORAGE' });
    expect([program.state, (await program.fetch('/users/me')).status]).toEqual(['signed-in', 200]);
    keychain.fails = false;
    expect(await program.getAccessToken({ force: true })).toBeDefined();
    expect([codes, program.failure]).toEqual([['STORAGE', undefined], undefined]);
  });

  it('knows nothing yet where the storage cannot be read: that is no sign-out', async () => {
    const first = start();
    await first.login(kandi);
    first.close();
    keychain.fails = true;
    const next = start();
    expect([await next.ready, next.failure?.code]).toEqual(['unknown', 'STORAGE']);
    await expect(next.login(kandi)).rejects.toMatchObject({ code: 'STORAGE' });
    keychain.fails = false;
    expect(await next.getAccessToken()).toBeDefined();
    expect(next.state).toBe('signed-in');
  });

  it.each(['', 'null', '[]', '{"refresh":7,"owed":[1]}', 'no JSON'])(
    'starts anew with what is not its own: %s',
    async (text) => {
      await start().login(kandi);
      for (const key of keychain.items.keys()) keychain.items.set(key, text);
      const next = start();
      expect(await next.ready).toBe('signed-out');
      await next.login(kandi);
      expect(Object.keys(keychain.kept).toSorted()).toEqual(['device', 'refresh']);
    },
  );

  it('needs none where the refresh token is in the cookie', () => {
    const make = () => createAuthClient({ url: between.url, refreshToken: 'cookie', storage: keychain });
    expect(make).toThrow(/^storage: /);
  });
});

describe('the device of a program', () => {
  /** Attacks from elsewhere, until the account is locked for strangers. */
  const attack = async () => {
    for (let times = 0; times < 4; times++) await gatehouse.client.tryLogin(kandi.username, 'a guess');
    expect((await gatehouse.client.tryLogin(kandi.username, kandi.password)).refusal).toBe('RATE_LIMITED');
  };

  it.each<[string, () => AuthClient]>([
    ['in its memory', () => createAuthClient({ url: between.url })],
    ['over a restart, in a storage', start],
  ])('stays known, so that a stranger’s guesses do not lock its owner out: %s', async (where, make) => {
    const program = make();
    await program.login(kandi);
    await program.logout();
    await attack();
    const next = where.includes('storage') ? start() : program;
    await next.login(kandi);
    expect(next.state).toBe('signed-in');
    program.close();
  });
});

it('a program without a storage tells the gateway of a sign-out again that it has not heard of', async () => {
  const program = createAuthClient({ url: between.url });
  await program.login(kandi);
  const token = await program.getAccessToken();
  away();
  await expect(program.logout()).rejects.toMatchObject({ code: 'UNREACHABLE' });
  between.reset();
  await program.logout();
  program.close();
  expect(program.pendingLogout).toBeUndefined();
  expect((await gatehouse.client.me(token)).refusal).toBe('UNAUTHENTICATED/REVOKED');
});
