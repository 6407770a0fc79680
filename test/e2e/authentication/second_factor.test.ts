import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { describeOnStores, type Instance, startInstance } from '../../support/instance.ts';
import { createUser, type Person } from '../../support/accounts.ts';
import { createBrowserOf, pkce, registerClient } from '../../support/oauth_client.ts';
import { type Enrolled, enrolTotp } from '../../support/second_factor.ts';

const COMPLETE = `mutation ($ticket: String!, $totp: String, $recoveryCode: String, $delivery: RefreshTokenDelivery) {
  completeLogin(ticket: $ticket, totp: $totp, recoveryCode: $recoveryCode, delivery: $delivery) {
    accessToken refreshToken
  }
}`;

describeOnStores('a sign-in with a second factor', (stores) => {
  let now = Math.floor(Date.now() / 1000) * 1000;
  let gatehouse: Instance;
  let replica: Instance;
  let kandi: Person;
  let enrolled: Enrolled;
  beforeAll(async () => {
    gatehouse = await startInstance({ stores, clock: () => now, env: { LOGIN_LIMIT_PER_IP: '100000' } });
    replica = stores === 'embedded' ? gatehouse : await gatehouse.replica();
  });
  afterAll(async () => {
    if (replica !== gatehouse) await replica.stop();
    await gatehouse.close();
  });
  beforeEach(async () => {
    // Past the step of the last code, which counts once.
    now += 120_000;
    kandi = await createUser(gatehouse);
    enrolled = await enrolTotp(gatehouse, kandi);
  });

  const code = () => enrolled.codeAt(now);
  async function ticket(headers: Record<string, string> = {}, { username, password } = kandi): Promise<string> {
    const { errors } = await gatehouse.client.tryLogin(username, password, headers);
    return (errors![0]!.extensions as unknown as { ticket: string }).ticket;
  }
  const complete = (
    variables: Record<string, unknown>,
    { at = gatehouse, headers = {} }: { at?: Instance; headers?: Record<string, string> } = {},
  ) => at.client.ask(COMPLETE, { variables, headers });

  it('is refused after the password, with a ticket and the methods', async () => {
    const { status, data, errors, headers } = await gatehouse.client.tryLogin(kandi.username, kandi.password);
    expect(data).toBeNull();
    expect(status).toBe(401);
    expect(headers.get('gatehouse-device')).toBeNull();
    expect(errors).toEqual([
      expect.objectContaining({
        message: 'A second factor is required',
        extensions: expect.objectContaining({
          code: 'SECOND_FACTOR_REQUIRED',
          ticket: expect.stringMatching(/^[\w-]{43}$/),
          methods: ['TOTP', 'RECOVERY_CODE'],
          expiresIn: 300,
        }),
      }),
    ]);
  });

  it('refuses a wrong password as it does without a factor', async () => {
    const { refusal, errors } = await gatehouse.client.tryLogin(kandi.username, 'not the password');
    expect(refusal).toBe('UNAUTHENTICATED');
    expect(errors![0]!.message).toBe('Incorrect username or password');
  });

  it('goes on with a code, and tells in the token how it was proven', async () => {
    const { data } = await complete({ ticket: await ticket(), totp: code() });
    const claims = decodeJwt(data.completeLogin.accessToken as string);
    expect(claims).toMatchObject({
      sub: kandi.username,
      amr: ['pwd', 'otp', 'mfa'],
      acr: 'urn:gatehouse:acr:2',
      auth_time: now / 1000,
    });
    now += 60_000;
    const refreshed = await gatehouse.client.refresh(data.completeLogin.refreshToken as string);
    expect(decodeJwt(refreshed.data!.refresh.accessToken)).toMatchObject({
      amr: ['pwd', 'otp', 'mfa'],
      acr: 'urn:gatehouse:acr:2',
      auth_time: now / 1000 - 60,
    });
  });

  it('goes on with a recovery code, once each, as a person types it', async () => {
    const [first] = enrolled.recoveryCodes;
    const typed = ` ${first!.toLowerCase().replaceAll('-', ' ')}`;
    expect((await complete({ ticket: await ticket(), recoveryCode: typed })).refusal).toBeUndefined();
    expect((await complete({ ticket: await ticket(), recoveryCode: first! })).faults).toEqual(['recoveryCode WRONG']);
    const { recoveryCodes } = await enrolTotp(gatehouse, await createUser(gatehouse));
    const foreign = await complete({ ticket: await ticket(), recoveryCode: recoveryCodes[0]! });
    expect(foreign.faults).toEqual(['recoveryCode WRONG']);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['no factor', {}, 'totp ONE_OF'],
    ['two factors', { totp: '123456', recoveryCode: 'AAAA-BBBB-CCCC-DDDD' }, 'totp ONE_OF'],
    ['a wrong code', { totp: '12345x' }, 'totp WRONG'],
    ['a code of a million digits', { totp: '1'.repeat(50_000) }, 'totp WRONG'],
    ['a wrong recovery code', { recoveryCode: 'AAAA-BBBB-CCCC-DDDD' }, 'recoveryCode WRONG'],
  ])('refuses %s', async (_what, factors, fault) => {
    expect((await complete({ ticket: await ticket(), ...factors })).faults).toEqual([fault]);
  });

  it('takes a ticket once, at two replicas at once, with a code and a recovery code', async () => {
    const shown = await ticket();
    const [recoveryCode] = enrolled.recoveryCodes;
    const answers = await Promise.all([
      complete({ ticket: shown, totp: code() }),
      complete({ ticket: shown, recoveryCode }, { at: replica }),
      complete({ ticket: shown, totp: code() }, { at: replica }),
      complete({ ticket: shown, recoveryCode }),
    ]);
    expect(answers.filter(({ data }) => data?.completeLogin)).toHaveLength(1);
    expect((await complete({ ticket: shown, recoveryCode: enrolled.recoveryCodes[1] })).faults).toEqual([
      'ticket EXPIRED',
    ]);
  });

  it('takes a code once, whatever the ticket', async () => {
    const tickets = await Promise.all([ticket(), ticket(), ticket()]);
    const totp = code();
    const answers = await Promise.all(
      tickets.map((shown, n) => complete({ ticket: shown, totp }, { at: n === 0 ? replica : gatehouse })),
    );
    expect(answers.filter(({ data }) => data?.completeLogin)).toHaveLength(1);
  });

  it('ends a ticket after five tries, also if they come at once, and after five minutes', async () => {
    const guessed = await ticket();
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => complete({ ticket: guessed, recoveryCode: 'AAAA-BBBB-CCCC-DDDD' })),
    );
    expect(answers.map(({ faults }) => faults[0]).sort()).toEqual([
      ...Array.from({ length: 5 }, () => 'recoveryCode WRONG'),
      ...Array.from({ length: 7 }, () => 'ticket EXPIRED'),
    ]);
    expect((await complete({ ticket: guessed, totp: code() })).faults).toEqual(['ticket EXPIRED']);
    const old = await ticket();
    now += 300_000;
    expect((await complete({ ticket: old, totp: code() })).faults).toEqual(['ticket EXPIRED']);
  });

  it.each<[string, (shown: string) => Promise<void>]>([
    [
      'a changed password',
      async () =>
        void (await gatehouse.sql(
          `update users set device_epoch = device_epoch + 1 where username = '${kandi.username}'`,
        )),
    ],
    [
      'a disabled account',
      async () => void (await gatehouse.sql(`update users set disabled = true where username = '${kandi.username}'`)),
    ],
  ])('refuses a ticket from before %s', async (_what, change) => {
    const shown = await ticket();
    await change(shown);
    expect((await complete({ ticket: shown, totp: code() })).faults).toEqual(['ticket EXPIRED']);
  });

  it('refuses the factor of another account', async () => {
    const boris = await createUser(gatehouse);
    const own = await enrolTotp(gatehouse, boris);
    expect((await complete({ ticket: await ticket(), totp: own.codeAt(now) })).faults).toEqual(['totp WRONG']);
  });

  it('refuses an unknown ticket like one that is over', async () => {
    const { faults } = await complete({ ticket: 'A'.repeat(43), totp: code() });
    expect(faults).toEqual(['ticket EXPIRED']);
  });

  it.each<[string, Record<string, string>, Record<string, string>]>([
    ['another program', { 'user-agent': 'one' }, { 'user-agent': 'two' }],
    ['a page of another origin', { origin: 'https://app.example' }, { origin: 'https://other.example' }],
    ['no page', { origin: 'https://app.example' }, {}],
  ])('refuses a ticket in %s', async (_who, first, second) => {
    const shown = await ticket(first);
    expect((await complete({ ticket: shown, totp: code() }, { headers: second })).faults).toEqual(['ticket EXPIRED']);
    expect((await complete({ ticket: shown, totp: code() }, { headers: first })).refusal).toBeUndefined();
  });

  it('binds a ticket to the browser that asked, by a cookie that no script reads', async () => {
    const origin = { origin: gatehouse.url };
    const { errors, headers } = await gatehouse.client.tryLogin(kandi.username, kandi.password, origin);
    const [cookie] = headers.getSetCookie().filter((each) => each.startsWith('gatehouse_sign_in'));
    expect(cookie).toMatch(/^gatehouse_sign_in_\d+=[\w-]{43}; Max-Age=300; Path=\/; HttpOnly; SameSite=Strict$/);
    const { ticket: shown } = errors![0]!.extensions as unknown as { ticket: string };
    const totp = code();
    expect((await complete({ ticket: shown, totp }, { headers: origin })).faults).toEqual(['ticket EXPIRED']);
    const own = { ...origin, cookie: cookie!.split(';')[0]! };
    const signedIn = await complete({ ticket: shown, totp, delivery: 'COOKIE' }, { headers: own });
    expect(signedIn.data.completeLogin.refreshToken).toBeNull();
    expect(signedIn.headers.getSetCookie().join()).toContain('gatehouse_refresh');
  });

  describe('at /token', () => {
    const GRANT = 'urn:gatehouse:grant:second-factor';
    const begin = () =>
      gatehouse.client.form('/token', { grant_type: 'password', username: kandi.username, password: kandi.password });
    const goOn = (fields: Record<string, string>) => gatehouse.client.form('/token', { grant_type: GRANT, ...fields });

    it('takes two requests', async () => {
      const { status, body } = await begin();
      expect({ status, body }).toEqual({
        status: 400,
        body: {
          error: 'insufficient_authorization',
          error_description: 'A second factor is required',
          auth_session: expect.any(String),
          methods: ['TOTP', 'RECOVERY_CODE'],
          expires_in: 300,
        },
      });
      const { body: tokens } = await goOn({ auth_session: body.auth_session, otp: code() });
      expect(tokens).toMatchObject({ access_token: expect.any(String), refresh_token: expect.any(String) });
      expect((await goOn({ auth_session: body.auth_session, otp: code() })).body.error).toBe('invalid_grant');
    });

    it.each<[string, Record<string, string>, string]>([
      ['no factor', {}, 'invalid_request'],
      ['both', { otp: '123456', recovery_code: 'AAAA-BBBB-CCCC-DDDD' }, 'invalid_request'],
      ['a wrong code', { otp: '12345x' }, 'invalid_grant'],
    ])('refuses %s', async (_what, fields, error) => {
      const { body } = await begin();
      expect((await goOn({ auth_session: body.auth_session, ...fields })).body.error).toBe(error);
    });

    it('refuses the ticket of a client to another one, and to none', async () => {
      const registered = { grantTypes: ['password'], redirectUris: [] };
      const [app, other] = [await registerClient(gatehouse, registered), await registerClient(gatehouse, registered)];
      const of = ({ id, secret }: typeof app) => ({ client_id: id, client_secret: secret! });
      const credentials = { grant_type: 'password', username: kandi.username, password: kandi.password };
      const { body } = await gatehouse.client.form('/token', { ...credentials, ...of(app) });
      const shown = { auth_session: body.auth_session, otp: code() };
      for (const foreign of [{}, of(other)]) {
        expect((await goOn({ ...shown, ...foreign })).body.error).toBe('invalid_grant');
      }
      expect((await complete({ ticket: body.auth_session, totp: code() })).faults).toEqual(['ticket EXPIRED']);
      expect((await goOn({ ...shown, ...of(app) })).body.access_token).toEqual(expect.any(String));
    });
  });

  describe('on the consent page', () => {
    it('tells an account whose only second factor is a passkey how to go on', async () => {
      const ada = await createUser(gatehouse);
      const id = `(select id from users where username = '${ada.username}')`;
      await gatehouse.sql(
        `insert into passkeys values (gen_random_uuid(), ${id}, decode(md5('${ada.username}'), 'hex'), '\\x02', 0, '',
           'singleDevice', false, 'key', now())`,
      );
      const browser = createBrowserOf(gatehouse);
      const page = await browser.open(browser.parametersOf(await registerClient(gatehouse), pkce().challenge));
      const { html } = await browser.send(page, { decision: 'sign-in', ...ada });
      expect(html).toContain('Get recovery codes, or add an');
      expect(html).not.toContain('name="otp"');
      expect(html).not.toContain('value="second-factor"');
    });

    it('asks for the code on a page without script, and goes on to the consent', async () => {
      const browser = createBrowserOf(gatehouse);
      const app = await registerClient(gatehouse);
      const { challenge } = pkce();
      const page = await browser.open(browser.parametersOf(app, challenge));
      const second = await browser.send(page, { decision: 'sign-in', ...kandi });
      expect(second.status).toBe(200);
      expect(second.html).toContain('Code of your authenticator app, or a recovery code');
      expect(second.html).not.toMatch(/<script/);
      const shown = /name="auth_session" value="([\w-]+)"/.exec(second.html)![1]!;
      const cookies = [page.cookie, ...second.headers.getSetCookie().map((each) => each.split(';')[0]!)].join('; ');
      const form = { decision: 'second-factor', auth_session: shown, methods: 'TOTP RECOVERY_CODE' };
      const wrong = await browser.send(page, { ...form, otp: '12345x' }, { cookie: cookies });
      expect(wrong.html).toContain('Wrong code');
      const elsewhere = await browser.send(page, { ...form, otp: code() });
      expect(elsewhere.html).toContain('Sign in again');
      const done = await browser.send(page, { ...form, otp: code() }, { cookie: cookies });
      expect(done.status).toBe(303);
      expect(done.headers.getSetCookie().join()).toContain('gatehouse_signed_in');
    });
  });

  describe('on a remembered device', () => {
    let remembering: Instance;
    beforeAll(async () => {
      remembering = await gatehouse.replica({ REMEMBER_DEVICE_DAYS: '7', JWT_ISSUER: gatehouse.url });
    });
    afterAll(() => remembering.stop());

    const login = (device?: string) =>
      remembering.client.tryLogin(kandi.username, kandi.password, device ? { 'gatehouse-device': device } : {});

    it('skips the second factor until the days are over, or the account changed', async () => {
      const { errors } = await login();
      const { ticket: shown } = errors![0]!.extensions as unknown as { ticket: string };
      const done = await complete({ ticket: shown, totp: code() }, { at: remembering });
      const device = done.headers.get('gatehouse-device')!;
      const again = await login(device);
      expect(decodeJwt(again.data!.login.accessToken)).toMatchObject({ amr: ['pwd'], acr: 'urn:gatehouse:acr:1' });
      expect((await login()).refusal).toBe('SECOND_FACTOR_REQUIRED');
      now += 7 * 86_400_000 - 130_000;
      expect((await login(device)).refusal).toBeUndefined();
      now += 130_000;
      expect((await login(device)).refusal).toBe('SECOND_FACTOR_REQUIRED');
    });

    it('recognises the device again after its trust ended and the factor is gone', async () => {
      const { errors } = await login();
      const { ticket: shown } = errors![0]!.extensions as unknown as { ticket: string };
      const done = await complete({ ticket: shown, totp: code() }, { at: remembering });
      const stale = done.headers.get('gatehouse-device')!;
      const of = `user_id = (select id from users where username = '${kandi.username}')`;
      await gatehouse.sql(`update users set device_epoch = device_epoch + 1 where username = '${kandi.username}'`);
      await gatehouse.sql(`delete from totp_secrets where ${of}`);
      const again = await login(stale);
      expect(again.refusal).toBeUndefined();
      expect(again.headers.get('gatehouse-device')).not.toBe(stale);
    });

    it('stays remembered after a sign-in that skipped the factor', async () => {
      const { errors } = await login();
      const { ticket: shown } = errors![0]!.extensions as unknown as { ticket: string };
      const done = await complete({ ticket: shown, totp: code() }, { at: remembering });
      const device = done.headers.get('gatehouse-device')!;
      expect((await login(device)).headers.get('gatehouse-device')).toBe(device);
    });

    it('asks again after the epoch of the account was raised', async () => {
      const { errors } = await login();
      const { ticket: shown } = errors![0]!.extensions as unknown as { ticket: string };
      const done = await complete({ ticket: shown, totp: code() }, { at: remembering });
      const device = done.headers.get('gatehouse-device')!;
      await gatehouse.sql(`update users set device_epoch = device_epoch + 1 where username = '${kandi.username}'`);
      expect((await login(device)).refusal).toBe('SECOND_FACTOR_REQUIRED');
    });
  });

  describe('by an account that must have a factor and has none', () => {
    let strict: Instance;
    let boris: Person;
    beforeAll(async () => {
      strict = await gatehouse.replica({ SECOND_FACTOR: 'required', JWT_ISSUER: gatehouse.url });
    });
    afterAll(() => strict.stop());
    beforeEach(async () => {
      boris = await createUser(gatehouse);
    });

    it('opens a session that can only enrol and sign out', async () => {
      const { accessToken: token, refreshToken } = await strict.client.login(boris.username, boris.password);
      expect((await strict.client.me(token)).refusal).toBe('SECOND_FACTOR_ENROLMENT_REQUIRED');
      expect((await strict.client.ask('{ protectedData { message } }', { token })).refusal).toBe(
        'SECOND_FACTOR_ENROLMENT_REQUIRED',
      );
      const me = await fetch(`${strict.url}/users/me`, { headers: { authorization: `Bearer ${token}` } });
      expect(me.status).toBe(403);
      const refreshed = await strict.client.refresh(refreshToken);
      const fresh = refreshed.data!.refresh.accessToken;
      expect((await strict.client.me(fresh)).refusal).toBe('SECOND_FACTOR_ENROLMENT_REQUIRED');
      const { data } = await strict.client.ask('mutation { logout }', { token: fresh });
      expect(data).toEqual({ logout: true });
    });
  });
});
