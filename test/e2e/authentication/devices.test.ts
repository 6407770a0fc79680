/**
 * Loads the server into jest's modules: the test moves the server's clock.
 * @jest-environment node
 */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createDevices, type Devices } from '../../../src/limits/device.ts';
import { delayAfter, DEVICE_FAILURES } from '../../../src/limits/subjects.ts';
import { describeOnStores, type Instance, startInstance } from '../../support/instance.ts';
import { createBrowserOf, registerClient } from '../../support/oauth_client.ts';
import { adminToken, createUser, type Person } from '../../support/accounts.ts';
import { processTime, redisTime, type Time } from '../../support/time.ts';

const WINDOW_SECONDS = 900;
const HOME = '192.0.2.10';

describeOnStores('a device that its owner signed in from before', (stores) => {
  let gatehouse: Instance;
  let time: Time;
  let kandi: Person;
  beforeAll(async () => {
    gatehouse = await startInstance({ stores, env: { TRUST_PROXY: '127.0.0.1', LOGIN_LIMIT_PER_IP: '20' } });
    time = stores === 'embedded' ? processTime() : redisTime(gatehouse.env['REDIS_URL']!);
  });
  afterAll(async () => {
    await time.restore();
    await gatehouse.close();
  });

  const somebody = async () => (kandi = await createUser(gatehouse));
  const from = (address: string, device?: string) => ({
    'x-forwarded-for': address,
    ...(device === undefined ? {} : { 'gatehouse-device': device }),
  });
  const guess = async (password: string, headers: Record<string, string>, { username }: Person = kandi) => {
    const { refusal, headers: answered } = await gatehouse.client.tryLogin(username, password, headers);
    return { refusal: refusal ?? 'signed in', device: answered.get('gatehouse-device') };
  };
  /** Returns the device token of a first sign-in from home. */
  const known = async (person: Person = kandi) => (await guess(person.password, from(HOME), person)).device!;
  /** Attacks from everywhere, until the account is locked for strangers. */
  const attack = async ({ username } = kandi) => {
    for (let n = 0; n < 10; n++) {
      await guess('a guess', from(`198.51.100.${n}`), { username, password: '' });
      await time.elapse(delayAfter(n + 1) * 1000);
    }
  };
  const asAdmin = async (mutation: string) => {
    const { errors } = await gatehouse.client.ask(`mutation { ${mutation} }`, { token: await adminToken(gatehouse) });
    expect(errors).toBeUndefined();
  };

  it('lets the owner in while the account is locked for everybody else', async () => {
    await somebody();
    const device = await known();
    await attack();
    expect((await guess(kandi.password, from(HOME))).refusal).toBe('RATE_LIMITED');
    expect((await guess(kandi.password, from(HOME, device))).refusal).toBe('signed in');
    // It works from any address. The owner's sign-in does not reset the attacker's failures.
    expect((await guess(kandi.password, from('203.0.113.77', device))).refusal).toBe('signed in');
    expect((await guess(kandi.password, from(HOME))).refusal).toBe('RATE_LIMITED');
  });

  it('lets the owner in while the address is locked', async () => {
    await somebody();
    const device = await known();
    const address = '192.0.2.66';
    for (let n = 0; n < 20; n++) {
      await guess('a guess', from(address), { username: `nobody.${randomBytes(4).toString('hex')}`, password: '' });
    }
    expect((await guess(kandi.password, from(address))).refusal).toBe('RATE_LIMITED');
    expect((await guess(kandi.password, from(address, device))).refusal).toBe('signed in');
  });

  it('has a small budget, which a thief of it uses up as well', async () => {
    await somebody();
    const device = await known();
    await attack();
    for (let n = 0; n < DEVICE_FAILURES; n++) {
      expect((await guess(`guess ${n}`, from(HOME, device))).refusal).toBe('UNAUTHENTICATED');
    }
    expect((await guess(kandi.password, from(HOME, device))).refusal).toBe('RATE_LIMITED');
    await time.elapse(WINDOW_SECONDS * 1000);
    expect((await guess(kandi.password, from(HOME, device))).refusal).toBe('signed in');
  });

  it('has no more of it at once than in a row', async () => {
    await somebody();
    const device = await known();
    await attack();
    const burst = await Promise.all(Array.from({ length: 40 }, (_, n) => guess(`guess ${n}`, from(HOME, device))));
    expect(burst.filter(({ refusal }) => refusal === 'UNAUTHENTICATED')).toHaveLength(DEVICE_FAILURES);
  });

  it('gets its budget back by the right password', async () => {
    await somebody();
    const device = await known();
    for (let round = 0; round < 3; round++) {
      for (let n = 1; n < DEVICE_FAILURES; n++) await guess('a slip', from(HOME, device));
      expect((await guess(kandi.password, from(HOME, device))).refusal).toBe('signed in');
    }
  });

  it('without failures held against it by the account, or against the account by it', async () => {
    await somebody();
    const device = await known();
    for (let n = 0; n < DEVICE_FAILURES; n++) await guess('a slip', from(HOME, device));
    // A device without attempts counts as a stranger, for whom the account is open.
    expect((await guess(kandi.password, from(HOME, device))).refusal).toBe('signed in');
    // A fifth failure would delay the account.
    expect((await guess(kandi.password, from('198.51.100.99'))).refusal).toBe('signed in');
  });

  it('is one of one user name alone', async () => {
    const other = await somebody();
    const device = await known(other);
    await somebody();
    await attack();
    expect((await guess(kandi.password, from(HOME, device))).refusal).toBe('RATE_LIMITED');
  });

  it.each<[string, (devices: Devices, mine: string) => string]>([
    ['made up', () => randomBytes(52).toString('base64url')],
    ['of another secret', () => createDevices(['another secret, as long as it has to be']).issue(kandi.username, 0)],
    ['changed', (_devices, mine) => `${mine.slice(0, 10)}${mine[10] === 'A' ? 'B' : 'A'}${mine.slice(11)}`],
    ['cut short', (_devices, mine) => mine.slice(0, -1)],
    ['of an epoch that was not yet', (devices) => devices.issue(kandi.username, 1)],
    ['very long', (_devices, mine) => mine.repeat(50)],
    ['of another alphabet', (_devices, mine) => `${mine.slice(0, -1)}!`],
  ])('is a stranger with a token that is %s', async (_what, forge) => {
    await somebody();
    const mine = await known();
    const forged = forge(createDevices([gatehouse.env['JWT_SECRET_KEY']!]), mine);
    await attack();
    expect((await guess(kandi.password, from(HOME, forged))).refusal).toBe('RATE_LIMITED');
    expect((await guess(kandi.password, from(HOME, mine))).refusal).toBe('signed in');
  });

  it.each<[string, () => Promise<void>]>([
    [
      'the owner changes the password',
      async () => {
        const { accessToken } = await gatehouse.client.login(kandi.username, kandi.password, from('203.0.113.1'));
        const next = `${kandi.password}, the next`;
        await gatehouse.client.ask(
          `mutation { changePassword(currentPassword: "${kandi.password}", newPassword: "${next}") }`,
          { token: accessToken },
        );
        kandi = { ...kandi, password: next };
      },
    ],
    [
      'an admin sets a password',
      async () => {
        kandi = { ...kandi, password: `${kandi.password}, set` };
        await asAdmin(`setUserPassword(username: "${kandi.username}", newPassword: "${kandi.password}") { id }`);
      },
    ],
    [
      'a refresh token was stolen',
      async () => {
        const { client } = gatehouse;
        const { refreshToken } = await client.login(kandi.username, kandi.password, from('203.0.113.1'));
        const next = await client.refresh(refreshToken, from('203.0.113.1'));
        await client.refresh(next.data!.refresh.refreshToken!, from('203.0.113.1'));
        expect((await client.refresh(refreshToken, from('203.0.113.2'))).refusal).toBe('UNAUTHENTICATED');
      },
    ],
  ])('is no more when %s', async (_what, happens) => {
    await somebody();
    const device = await known();
    await happens();
    await attack();
    expect((await guess(kandi.password, from(HOME, device))).refusal).toBe('RATE_LIMITED');
    await asAdmin(`unlockUser(username: "${kandi.username}") { id }`);
    expect((await guess(kandi.password, from(HOME, device))).refusal).toBe('signed in');
  });

  it('may change its password while the account is locked', async () => {
    await somebody();
    const { accessToken } = await gatehouse.client.login(kandi.username, kandi.password, from(HOME));
    const device = await known();
    await attack();
    const change = (headers: Record<string, string>) =>
      gatehouse.client.ask(
        `mutation { changePassword(currentPassword: "${kandi.password}", newPassword: "${kandi.password}!") }`,
        { token: accessToken, headers },
      );
    expect((await change(from(HOME))).refusal).toBe('RATE_LIMITED');
    expect((await change(from(HOME, device))).refusal).toBeUndefined();
  });

  it('is a browser with a cookie that no script can read, at every door, and a program with a header', async () => {
    await somebody();
    const { client, url } = gatehouse;
    const ours = { ...from(HOME), origin: url };
    const app = await registerClient(gatehouse);
    const browser = createBrowserOf(gatehouse);
    const { answer } = await browser.signIn(await browser.open(browser.parametersOf(app, 'c'.repeat(43))), kandi);
    const doors = [
      await client.tryLogin(kandi.username, kandi.password, ours),
      await client.form('/token', { username: kandi.username, password: kandi.password }, ours),
      answer,
    ];
    for (const { headers } of doors) {
      const cookie = headers.getSetCookie().find((set) => set.startsWith('gatehouse_device'))!;
      expect(cookie.split('; ').slice(1).toSorted()).toEqual([
        'HttpOnly',
        // 400 days, the longest that a browser keeps one (RFC 6265bis section 5.5).
        `Max-Age=${400 * 86_400}`,
        'Path=/',
        'SameSite=Strict',
      ]);
      expect(headers.get('gatehouse-device')).toBeNull();
    }
    const cookies = doors.map(({ headers }) =>
      headers.getSetCookie().find((set) => set.startsWith('gatehouse_device'))!,
    );
    await attack();
    for (const cookie of cookies) {
      expect((await guess(kandi.password, { ...from(HOME), cookie: cookie.split(';')[0]! })).refusal).toBe('signed in');
    }

    await somebody();
    const form = await client.form('/token', { username: kandi.username, password: kandi.password }, from(HOME));
    expect(form.headers.getSetCookie()).toEqual([]);
    await attack();
    const device = form.headers.get('gatehouse-device')!;
    expect((await guess(kandi.password, from(HOME, device))).refusal).toBe('signed in');
  });

  it('is given as the header to a page that sends it: an app has no cookies', async () => {
    await somebody();
    const page = { ...from(HOME, 'none'), origin: gatehouse.url };
    const { headers } = await gatehouse.client.tryLogin(kandi.username, kandi.password, page);
    expect(headers.getSetCookie()).toEqual([]);
    await attack();
    const device = headers.get('gatehouse-device')!;
    expect((await guess(kandi.password, { ...page, 'gatehouse-device': device })).refusal).toBe('signed in');
  });

  it('gets no token after a refused sign-in', async () => {
    await somebody();
    expect((await guess('wrong', from(HOME))).device).toBeNull();
    const { headers } = await gatehouse.client.form('/token', { username: kandi.username, password: 'x' }, from(HOME));
    expect(headers.get('gatehouse-device')).toBeNull();
  });

  it('writes down that an attempt had to wait, once while it has to', async () => {
    await somebody();
    await attack();
    for (let n = 0; n < 5; n++) await guess(kandi.password, from(HOME));
    const { data } = await gatehouse.client.ask(
      `{ auditEvents(username: "${kandi.username}", type: "login.limited") { edges { node { subject address detail { name } } } } }`,
      { token: await adminToken(gatehouse) },
    );
    expect(data.auditEvents.edges).toEqual([
      { node: { subject: kandi.username, address: HOME, detail: [{ name: 'retryAfter' }] } },
    ]);
  });
});
