import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type AuthClient, createAuthClient } from '../../../packages/client/src/index.ts';
import { away, enterPage, FakeGateway, type FakePage } from '../../support/fake_gateway.ts';
import { until } from '../../support/until.ts';

const kandi = { username: 'kandi', password: 'the password' };
const MINUTE = 60_000;

let gateway: FakeGateway;
let page: FakePage;
let tabs: AuthClient[];
let origin: string;
let origins = 0;
beforeEach(() => {
  gateway = new FakeGateway();
  page = enterPage();
  tabs = [];
  origin = `https://open-close-${++origins}.example`;
});
afterEach(() => {
  jest.useRealTimers();
  tabs.forEach((tab) => tab.close());
  page.leave();
});

function openTab(): AuthClient {
  const tab = createAuthClient({ url: origin, refreshToken: 'cookie', fetch: gateway.fetch });
  tabs.push(tab);
  return tab;
}
async function signedInTab(): Promise<AuthClient> {
  const tab = openTab();
  await tab.login(kandi);
  return tab;
}

/** Waits a millisecond, because the time decides which of two messages is later. */
async function nextMoment(): Promise<void> {
  const then = Date.now();
  await until(() => Date.now() > then + 5);
}

describe('a closed client', () => {
  it('becomes ready even if it was closed at once, as by an effect that runs twice', async () => {
    gateway.cookie = { username: 'kandi', session: 'before' };
    const tab = openTab();
    tab.close();
    expect(await tab.ready).toBe('signed-in');
    expect(await tab.getAccessToken()).toMatch(/^h\./);
  });

  it('signs out at the gateway and in the other tabs', async () => {
    const tab = await signedInTab();
    const other = openTab();
    await other.ready;
    tab.close();
    await tab.logout();
    expect(gateway.times('logout')).toBe(2);
    expect([gateway.cookie, tab.state, tab.pendingLogout]).toEqual([undefined, 'signed-out', undefined]);
    await until(() => other.state === 'signed-out');
  });

  it('signs in, for the other tabs too', async () => {
    const tab = openTab();
    const other = openTab();
    await Promise.all([tab.ready, other.ready]);
    await nextMoment();
    tab.close();
    await tab.login(kandi);
    await until(() => other.user?.username === 'kandi');
    expect(await tab.getAccessToken()).toBe(await other.getAccessToken());
  });

  it('refreshes at a request, and not by a timer', async () => {
    jest.useFakeTimers();
    const signingIn = signedInTab();
    await jest.advanceTimersByTimeAsync(1_000);
    const tab = await signingIn;
    tab.close();
    await jest.advanceTimersByTimeAsync(120 * MINUTE);
    expect(gateway.times('refresh')).toBe(1);
    const token = tab.getAccessToken();
    await jest.advanceTimersByTimeAsync(1_000);
    expect(await token).toMatch(/^h\./);
    expect(gateway.times('refresh')).toBe(2);
  });
});

describe('a client that is opened again', () => {
  it('refreshes by a timer', async () => {
    jest.useFakeTimers();
    const signingIn = signedInTab();
    await jest.advanceTimersByTimeAsync(1_000);
    const tab = await signingIn;
    tab.close();
    tab.open();
    tab.open();
    await jest.advanceTimersByTimeAsync(30 * MINUTE);
    expect(gateway.times('refresh')).toBe(2);
    tab.close();
    await jest.advanceTimersByTimeAsync(120 * MINUTE);
    expect(gateway.times('refresh')).toBe(2);
  });

  it('learns of a sign-out that it missed', async () => {
    const tab = await signedInTab();
    const other = openTab();
    await other.ready;
    tab.close();
    await other.logout();
    expect(tab.state).toBe('signed-in');
    tab.open();
    await until(() => tab.state === 'signed-out');
  });

  it('is opened by a new listener, as in the effects of React’s StrictMode', async () => {
    const tab = await signedInTab();
    const other = openTab();
    await other.ready;
    tab.close();
    const changes: string[] = [];
    tab.on('change', ({ reason }) => changes.push(reason));
    await other.logout();
    await until(() => changes.includes('elsewhere'));
  });

  it('learns of a sign-in that it missed', async () => {
    const tab = await signedInTab();
    const other = openTab();
    await other.ready;
    tab.close();
    await other.login({ ...kandi, username: 'zoe' });
    tab.open();
    await until(() => tab.user?.username === 'zoe');
  });

  it('restores a session that was still unknown', async () => {
    gateway.treat = away;
    gateway.cookie = { username: 'kandi', session: 'before' };
    const tab = openTab();
    tab.close();
    expect(await tab.ready).toBe('unknown');
    gateway.treat = async () => undefined;
    jest.useFakeTimers();
    tab.open();
    await jest.advanceTimersByTimeAsync(2_000);
    expect(tab.state).toBe('signed-in');
  });
});

describe('while the gateway is away', () => {
  it('a client becomes ready within ten seconds, and reports the failure', async () => {
    jest.useFakeTimers();
    gateway.treat = () => new Promise(() => {});
    const tab = openTab();
    const heard: unknown[] = [];
    tab.on('failure', ({ error }) => heard.push(error?.code));
    await jest.advanceTimersByTimeAsync(10_000);
    expect(await tab.ready).toBe('unknown');
    expect([tab.failure?.code, heard]).toEqual(['UNREACHABLE', ['UNREACHABLE']]);
  });

  it('a client reports it until the gateway answers', async () => {
    gateway.treat = away;
    const tab = openTab();
    const heard: unknown[] = [];
    tab.on('failure', ({ error }) => heard.push(error?.code));
    expect(await tab.ready).toBe('unknown');
    expect(tab.failure?.code).toBe('UNREACHABLE');
    gateway.treat = async () => undefined;
    await tab.getAccessToken();
    expect([tab.state, tab.failure, heard]).toEqual(['signed-out', undefined, ['UNREACHABLE', undefined]]);
  });

  it('a client retries at once when the network is back', async () => {
    gateway.treat = away;
    gateway.cookie = { username: 'kandi', session: 'before' };
    const tab = openTab();
    await tab.ready;
    jest.useFakeTimers();
    gateway.treat = async () => undefined;
    page.comeOnline();
    await jest.advanceTimersByTimeAsync(100);
    expect(tab.state).toBe('signed-in');
  });

  it('an owed sign-out is sent at once when the network is back', async () => {
    const tab = await signedInTab();
    gateway.treat = away;
    jest.useFakeTimers();
    await expect(tab.logout()).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect(tab.pendingLogout).toBe('owed');
    gateway.treat = async () => undefined;
    page.comeOnline();
    await jest.advanceTimersByTimeAsync(100);
    expect([gateway.cookie, tab.state, tab.pendingLogout]).toEqual([undefined, 'signed-out', undefined]);
  });

  it('a sign-out that another tab has sent is not owed any more, and causes no request', async () => {
    const tab = await signedInTab();
    gateway.treat = away;
    await expect(tab.logout()).rejects.toMatchObject({ code: 'UNREACHABLE' });
    gateway.treat = async () => undefined;
    await nextMoment();
    await openTab().login({ ...kandi, username: 'zoe' });
    await until(() => tab.user?.username === 'zoe');
    gateway.asked.length = 0;
    await until(() => tab.pendingLogout === undefined);
    expect([tab.user?.username, gateway.asked]).toEqual(['zoe', []]);
  });

  it('an owed sign-out is retried after a while', async () => {
    const tab = await signedInTab();
    gateway.treat = away;
    jest.useFakeTimers();
    await expect(tab.logout()).rejects.toMatchObject({ code: 'UNREACHABLE' });
    gateway.treat = async () => undefined;
    await jest.advanceTimersByTimeAsync(10_000);
    expect([gateway.cookie, tab.pendingLogout]).toEqual([undefined, undefined]);
  });
});

describe('two sign-ins at the same time', () => {
  it('share one session if they are of the same user', async () => {
    const tab = openTab();
    await tab.ready;
    await Promise.all([tab.login(kandi), tab.login({ ...kandi })]);
    expect(gateway.times('login')).toBe(1);
    await tab.login(kandi);
    expect(gateway.times('login')).toBe(2);
  });

  it('are separate for two users, and the later one lasts', async () => {
    const tab = openTab();
    await Promise.all([tab.login(kandi), tab.login({ ...kandi, username: 'zoe' })]);
    expect([gateway.times('login'), tab.user?.username]).toEqual([2, 'zoe']);
  });
});
