import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type AuthClient, type AuthError, createAuthClient } from '../../../packages/client/src/index.ts';
import { away, enterPage, FakeGateway, type FakePage } from '../../support/fake_gateway.ts';
import { until } from '../../support/until.ts';

let gateway: FakeGateway;
let page: FakePage;
let tabs: AuthClient[];
beforeEach(() => {
  gateway = new FakeGateway();
  page = enterPage();
  tabs = [];
});
afterEach(() => {
  tabs.forEach((tab) => tab.close());
  page.leave();
});

/** A tab with the page of the gateway. Each suite has its own origin, which separates channels and locks. */
function openTab(): AuthClient & { readonly heard: string[] } {
  const tab = createAuthClient({ url: `https://${origin}.example`, refreshToken: 'cookie', fetch: gateway.fetch });
  tabs.push(tab);
  const heard: string[] = [];
  tab.on('change', ({ state, reason }) => heard.push(`${state}: ${reason}`));
  tab.on('refresh', () => heard.push('refresh'));
  tab.on('logout', ({ pending }) => heard.push(`logout ${pending ?? 'done'}`));
  return Object.assign(tab, { heard });
}
let origins = 0;
let origin: string;
beforeEach(() => void (origin = `tabs${++origins}`));

const kandi = { username: 'kandi', password: 'the password' };
const codeOf = (of: Promise<unknown>) =>
  of.then(
    () => 'done',
    (error: AuthError) => error.code,
  );

describe('a page that opens', () => {
  it('restores the session of its cookie', async () => {
    gateway.cookie = { username: 'kandi', session: 'before' };
    const tab = openTab();
    expect(tab.state).toBe('unknown');
    expect(await tab.ready).toBe('signed-in');
    expect([tab.user?.username, tab.heard]).toEqual(['kandi', ['signed-in: restored']]);
    expect(gateway.asked).toEqual([{ what: 'refresh', cookie: true, token: null }]);
  });

  it('without a session is signed out, and sends one request', async () => {
    const tab = openTab();
    expect(await tab.ready).toBe('signed-out');
    expect(await tab.getAccessToken()).toBeUndefined();
    expect([gateway.times('refresh'), tab.heard]).toEqual([1, ['signed-out: restored']]);
  });

  it('stays undecided while the gateway is away, which is not a sign-out', async () => {
    gateway.treat = away;
    const tab = openTab();
    expect(await tab.ready).toBe('unknown');
    gateway.treat = async () => undefined;
    gateway.cookie = { username: 'kandi', session: 'before' };
    expect(await tab.getAccessToken()).toMatch(/^h\./);
    expect(tab.state).toBe('signed-in');
  });

  it('gets the token from another tab, and requests none', async () => {
    const first = openTab();
    await first.ready;
    await first.login(kandi);
    const second = openTab();
    expect(await second.ready).toBe('signed-in');
    expect(await second.getAccessToken()).toBe(await first.getAccessToken());
    expect([gateway.times('refresh'), second.heard]).toEqual([1, ['signed-in: restored']]);
  });
});

describe('two tabs', () => {
  let one: ReturnType<typeof openTab>;
  let other: ReturnType<typeof openTab>;
  beforeEach(async () => {
    one = openTab();
    await one.login(kandi);
    other = openTab();
    await other.ready;
    gateway.asked.splice(0);
    one.heard.splice(0);
    other.heard.splice(0);
  });

  it('use the same token, whichever of them refreshed it', async () => {
    const fresh = await one.getAccessToken({ force: true });
    await until(() => other.heard.includes('refresh'));
    expect(await other.getAccessToken()).toBe(fresh);
    expect([one.heard, other.heard, gateway.times('refresh')]).toEqual([['refresh'], ['refresh'], 1]);
  });

  it('refresh in turn, and the second uses the token of the first', async () => {
    const [mine, theirs] = await Promise.all([one, other].map((tab) => tab.getAccessToken({ force: true })));
    expect(mine).toBe(theirs);
    expect(gateway.times('refresh')).toBe(1);
  });

  it('never refresh at the same time', async () => {
    let underWay = 0;
    let most = 0;
    gateway.treat = async () => {
      most = Math.max(most, ++underWay);
      for (let turns = 0; turns < 20; turns++) await new Promise(setImmediate);
      underWay--;
      return undefined;
    };
    await Promise.all([one.getAccessToken({ force: true }), other.login(kandi), one.getAccessToken({ force: true })]);
    expect(most).toBe(1);
  });

  it('are signed out together, and a late token does not sign them in again', async () => {
    await one.logout();
    await until(() => other.state === 'signed-out');
    expect([one.heard, other.heard]).toEqual([
      ['signed-out: logout', 'logout sending', 'logout done'],
      ['signed-out: elsewhere'],
    ]);
    expect([await one.getAccessToken(), await other.getAccessToken()]).toEqual([undefined, undefined]);
    expect(gateway.times('refresh')).toBe(0);
    expect(gateway.cookie).toBeUndefined();
  });

  it('are signed out together if the gateway says that the session has ended', async () => {
    gateway.cookie = undefined;
    expect(await one.getAccessToken({ force: true })).toBeUndefined();
    await until(() => other.state === 'signed-out');
    expect([one.heard, other.heard]).toEqual([['signed-out: ended'], ['signed-out: elsewhere']]);
  });

  it('are signed in as another user together, and execute nothing in the name of the first', async () => {
    const before = (await one.getAccessToken())!;
    await other.login({ ...kandi, username: 'zoe' });
    await until(() => one.user?.username === 'zoe');
    expect([one.heard, other.heard]).toEqual([['signed-in: elsewhere'], ['signed-in: login']]);
    expect(await one.getAccessToken({ refused: before })).toBeUndefined();
  });

  it('drop a session together, only by the token in use', async () => {
    const token = (await one.getAccessToken())!;
    one.dropSession(`${token}x`);
    expect(one.state).toBe('signed-in');
    one.dropSession(token);
    await until(() => other.state === 'signed-out');
    expect([one.heard, other.heard]).toEqual([['signed-out: ended'], ['signed-out: elsewhere']]);
  });

  it('keep a session if its refresh could not be sent', async () => {
    gateway.treat = away;
    expect(await codeOf(one.getAccessToken({ force: true }))).toBe('UNREACHABLE');
    expect(await one.getAccessToken()).toMatch(/^h\./);
    expect([one.state, other.state]).toEqual(['signed-in', 'signed-in']);
  });

  it('ignore messages from other scripts', async () => {
    const channel = new BroadcastChannel(`gatehouse https://${origin}.example/`);
    for (const data of [null, 'end', {}, { type: 'end', at: 'soon' }, { type: 'token', text: 'none', at: Infinity }])
      channel.postMessage(data);
    channel.postMessage({ type: 'token', text: 'a.b.c', lifetimeMs: 1000, since: 0, at: Date.now() + 1000 });
    channel.postMessage({ type: 'ask', at: 0 });
    // Messages arrive in the order in which they were posted.
    await new Promise<void>((resolve) => {
      channel.onmessage = ({ data }) => (data as { type: string }).type === 'token' && resolve();
    });
    channel.close();
    expect([one.state, other.state, one.heard, other.heard]).toEqual(['signed-in', 'signed-in', [], []]);
  });
});

describe('a sign-out', () => {
  it('is sent at once for the session, and in turn for the cookie', async () => {
    const tab = openTab();
    await tab.login(kandi);
    const token = await tab.getAccessToken();
    expect(gateway.deliveries).toEqual(['COOKIE']);
    gateway.asked.splice(0);
    await tab.logout();
    const shown = { what: 'logout', token: `Bearer ${token}` };
    expect(gateway.asked).toEqual([
      { ...shown, cookie: false },
      { ...shown, cookie: true },
    ]);
    expect(tab.pendingLogout).toBeUndefined();
  });

  it('is owed if it did not reach the gateway, and the next page sends it before anything else', async () => {
    const tab = openTab();
    await tab.login(kandi);
    gateway.treat = away;
    expect(await codeOf(tab.logout())).toBe('UNREACHABLE');
    expect([tab.state, tab.pendingLogout]).toEqual(['signed-out', 'owed']);
    tab.close();

    const still = openTab();
    expect(await still.ready).toBe('signed-out');
    expect(still.pendingLogout).toBe('owed');
    still.close();

    gateway.treat = async () => undefined;
    gateway.asked.splice(0);
    const next = openTab();
    expect(await next.ready).toBe('signed-out');
    expect(gateway.asked).toEqual([{ what: 'logout', cookie: true, token: null }]);
    expect(gateway.cookie).toBeUndefined();

    gateway.asked.splice(0);
    expect(await openTab().ready).toBe('signed-out');
    expect(gateway.times('logout')).toBe(0);
  });

  it('is not owed any more if another tab has sent it meanwhile', async () => {
    const tab = openTab();
    await tab.login(kandi);
    gateway.treat = async (what) => {
      if (what !== 'logout') return undefined;
      localStorage.removeItem(`gatehouse https://${origin}.example/ logout`);
      return away();
    };
    expect(await codeOf(tab.logout())).toBe('UNREACHABLE');
    expect([tab.state, tab.pendingLogout]).toEqual(['signed-out', undefined]);
  });

  it('is not owed any more after a sign-in, which has replaced the cookie', async () => {
    const tab = openTab();
    await tab.login(kandi);
    gateway.treat = away;
    await codeOf(tab.logout());
    gateway.treat = async () => undefined;
    await tab.login({ ...kandi, username: 'zoe' });
    expect(tab.pendingLogout).toBeUndefined();
    gateway.asked.splice(0);
    expect(await openTab().ready).toBe('signed-in');
    expect(gateway.times('logout')).toBe(0);
  });

  it('keeps the cookie if a user has signed in meanwhile', async () => {
    const leaving = openTab();
    await leaving.login(kandi);
    const coming = openTab();
    await coming.ready;
    // The other tab has the turn, and the sign-out waits.
    const asked = new Promise<void>((resolve) => {
      gateway.treat = async (what) => {
        if (what === 'login') resolve();
        // The time in milliseconds decides which of two messages is later.
        const then = Date.now();
        await until(() => Date.now() > then + 1);
        return undefined;
      };
    });
    const came = coming.login({ ...kandi, username: 'zoe' });
    await asked;
    await Promise.all([came, leaving.logout()]);
    expect(gateway.cookie?.username).toBe('zoe');
    expect(gateway.asked.filter(({ what, cookie }) => what === 'logout' && cookie)).toEqual([]);
  });
});
