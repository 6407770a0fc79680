import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { adminToken, createUser, type Person } from '../support/accounts.ts';
import { noteSecrets } from '../support/log_file.ts';
import { type Enrolled, enrol } from '../support/totp_app.ts';
import { createBrowserOf, pkce, registerClient } from '../support/oauth_client.ts';
import { describeOnStores, type Instance, startInstance } from '../support/instance.ts';

const STEP_MS = 30_000;
const DAY_MS = 86_400_000;
/** The wrong codes that an account allows strangers in a day. */
const GUESSES = 20;
const COMPLETE = `mutation ($ticket: String!, $totp: String, $recoveryCode: String) {
  completeLogin(ticket: $ticket, totp: $totp, recoveryCode: $recoveryCode) { accessToken }
}`;

describeOnStores('an attacker who knows a password', (stores) => {
  let now = Math.floor(Date.now() / STEP_MS) * STEP_MS;
  const clock = () => now;
  let gatehouse: Instance;
  let replica: Instance;
  let kandi: Person;
  let enrolled: Enrolled;
  beforeAll(async () => {
    gatehouse = await startInstance({ stores, clock, env: { LOGIN_LIMIT_PER_IP: '100000' } });
    replica = stores === 'embedded' ? gatehouse : await gatehouse.replica();
  });
  afterAll(async () => {
    if (replica !== gatehouse) await replica.stop();
    await gatehouse.close();
  });
  beforeEach(async () => {
    kandi = await createUser(gatehouse);
    enrolled = await enrol(gatehouse, kandi, clock);
    now += 10 * STEP_MS;
  });

  interface Place {
    readonly at?: Instance;
    readonly device?: string | undefined;
  }
  const headersOf = (device: string | undefined) => (device === undefined ? {} : { 'gatehouse-device': device });
  async function ticket({ at = gatehouse, device }: Place = {}): Promise<string> {
    const { errors } = await at.client.tryLogin(kandi.username, kandi.password, headersOf(device));
    return (errors![0]!.extensions as unknown as { ticket: string }).ticket;
  }
  async function complete(variables: Record<string, unknown>, { at = gatehouse, device }: Place = {}) {
    const { data, refusal, faults, headers, errors } = await at.client.ask(COMPLETE, {
      variables,
      headers: headersOf(device),
    });
    return {
      outcome: data ? 'signed in' : (faults[0] ?? refusal),
      device: headers.get('gatehouse-device') ?? undefined,
      retryAfter: errors?.[0]?.extensions.retryAfter,
    };
  }
  const guess = async (place: Place = {}, totp = enrolled.authenticator.wrong()) =>
    complete({ ticket: await ticket(place), totp }, place);
  const outcomes = async (count: number, each: (n: number) => Promise<{ outcome: string | undefined }>) => {
    const found: (string | undefined)[] = [];
    for (let n = 0; n < count; n += 1) found.push((await each(n)).outcome);
    return found;
  };

  it('has no more guesses with aliases: a document runs one field that takes a secret', async () => {
    const shown = await ticket();
    const { authenticator } = enrolled;
    const fields = [authenticator.wrong(), authenticator.next()].map(
      (totp, n) => `a${n}: completeLogin(ticket: "${shown}", totp: "${totp}") { accessToken }`,
    );
    const { refusal } = await gatehouse.client.ask(`mutation { ${fields.join(' ')} }`);
    expect(refusal).toBe('GRAPHQL_VALIDATION_FAILED');
    const { token } = { token: (await enrol(gatehouse, await createUser(gatehouse), clock)).token };
    const confirming = await gatehouse.client.ask(
      'mutation { a: confirmTotp(code: "111111") b: confirmTotp(code: "222222") }',
      { token },
    );
    expect(confirming.refusal).toBe('GRAPHQL_VALIDATION_FAILED');
    // None of them was looked at.
    expect((await complete({ ticket: shown, totp: authenticator.next() })).outcome).toBe('signed in');
  });

  it('has 20 guesses a day with any number of tickets, replicas and kinds of sign-in', async () => {
    const begun = now;
    const wrong = await outcomes(GUESSES - 1, (n) => guess({ at: n % 2 === 0 ? gatehouse : replica }));
    expect(new Set(wrong)).toEqual(new Set(['totp WRONG']));
    const { body } = await gatehouse.client.form('/token', { username: kandi.username, password: kandi.password });
    const atToken = await gatehouse.client.form('/token', {
      grant_type: 'urn:gatehouse:grant:second-factor',
      auth_session: body.auth_session,
      otp: enrolled.authenticator.wrong(),
    });
    expect(atToken.body.error).toBe('invalid_grant');

    const right = await guess({}, enrolled.authenticator.next());
    expect(right).toMatchObject({ outcome: 'RATE_LIMITED', retryAfter: DAY_MS / 1000 });
    now = begun + DAY_MS;
    expect((await guess({}, enrolled.authenticator.next())).outcome).toBe('signed in');
  });

  it('has no other guesses on the consent page', async () => {
    const browser = createBrowserOf(gatehouse);
    const app = await registerClient(gatehouse);
    const page = await browser.open(browser.parametersOf(app, pkce().challenge));
    /** Signs in on the page, and enters a code on its second step. */
    const guessThere = async (otp: string) => {
      const second = await browser.send(page, { decision: 'sign-in', ...kandi });
      const session = /name="auth_session" value="([\w-]+)"/.exec(second.html)![1]!;
      const cookie = [page.cookie, ...second.headers.getSetCookie().map((each) => each.split(';')[0]!)].join('; ');
      const form = { decision: 'second-factor', auth_session: session, methods: 'TOTP RECOVERY_CODE', otp };
      return browser.send(page, form, { cookie });
    };
    await outcomes(GUESSES - 1, () => guess());
    const last = await guessThere(enrolled.authenticator.wrong());
    expect(last.html).toContain('Wrong code');
    const held = await guessThere(enrolled.authenticator.next());
    expect(held.status).toBe(429);
    expect(held.headers.getSetCookie().join()).not.toContain('gatehouse_signed_in');
  });

  it('has no other guesses in sessions that are open already, and fills no log with them', async () => {
    const sessions: string[] = [];
    for (let n = 0; n < 3; n += 1) {
      const { data } = await gatehouse.client.ask(COMPLETE, {
        variables: { ticket: await ticket(), totp: enrolled.authenticator.next() },
      });
      sessions.push(data.completeLogin.accessToken);
      noteSecrets(sessions.at(-1));
    }
    const confirmAgain = (totp: string, n: number) =>
      gatehouse.client.ask('mutation ($totp: String) { reauthenticate(totp: $totp) { accessToken } }', {
        variables: { totp },
        token: sessions[n % sessions.length],
      });
    const failed = () =>
      gatehouse.sql(`select 1 from audit_events where subject = '${kandi.username}' and type = 'login.failed'`);
    for (let n = 0; n < GUESSES; n += 1) {
      expect((await confirmAgain(enrolled.authenticator.wrong(), n)).faults).toEqual(['totp WRONG']);
    }
    expect(await failed()).toHaveLength(GUESSES);
    for (let n = 0; n < 5; n += 1) {
      expect((await confirmAgain(enrolled.authenticator.wrong(), n)).refusal).toBe('RATE_LIMITED');
    }
    expect(await failed()).toHaveLength(GUESSES);
    now += STEP_MS;
    expect((await guess({}, enrolled.authenticator.next())).outcome).toBe('RATE_LIMITED');

    const boris = await createUser(gatehouse);
    const { accessToken: token } = await gatehouse.client.login(boris.username, boris.password);
    const none = await gatehouse.client.ask('mutation { reauthenticate(totp: "123456") { accessToken } }', { token });
    expect(none.faults).toEqual(['totp WRONG']);
    expect(
      await gatehouse.sql(`select 1 from audit_events where subject = '${boris.username}' and type = 'login.failed'`),
    ).toEqual([]);
  });

  it('has 20 guesses a day in parallel', async () => {
    const code = enrolled.authenticator.wrong();
    const tickets: string[] = [];
    for (let n = 0; n < 8; n += 1) tickets.push(await ticket());
    // Five tries a ticket.
    const found = await Promise.all(
      tickets.flatMap((shown, n) =>
        Array.from({ length: 5 }, () =>
          complete({ ticket: shown, totp: code }, { at: n % 2 === 0 ? gatehouse : replica }),
        ),
      ),
    );
    const counted = Object.groupBy(found, ({ outcome }) => outcome ?? '');
    expect(counted['totp WRONG']).toHaveLength(GUESSES);
    expect(counted['RATE_LIMITED']).toHaveLength(GUESSES);
  });

  it('cannot lock out a device of the owner, who needs no luck but the code', async () => {
    const { device } = await guess({}, enrolled.authenticator.next());
    await outcomes(GUESSES, () => guess());
    expect((await guess({}, enrolled.authenticator.next())).outcome).toBe('RATE_LIMITED');
    expect((await guess({ device }, enrolled.authenticator.next())).outcome).toBe('signed in');
  });

  it('cannot lock the owner out of the recovery codes', async () => {
    await outcomes(GUESSES, () => guess());
    const recovered = await complete({ ticket: await ticket(), recoveryCode: enrolled.recoveryCodes[0] });
    expect(recovered.outcome).toBe('signed in');
  });

  it('fills the audit log with 30 wrong recovery codes an hour at most, and the device of the owner has its own', async () => {
    const { device } = await guess({}, enrolled.authenticator.next());
    const recover = async (recoveryCode: string, place: Place = {}) =>
      complete({ ticket: await ticket(place), recoveryCode }, place);
    const wrong = await outcomes(31, () => recover('AAAA-BBBB-CCCC-DDDD'));
    expect(wrong.filter((outcome) => outcome === 'recoveryCode WRONG')).toHaveLength(30);
    expect(wrong.at(-1)).toBe('RATE_LIMITED');
    const events = await gatehouse.sql(
      `select 1 from audit_events where subject = '${kandi.username}' and type = 'login.failed'`,
    );
    expect(events).toHaveLength(30);
    expect((await recover(enrolled.recoveryCodes[0]!, { device })).outcome).toBe('signed in');
  });

  it.each(['unlockUser(username: $name) { id }', 'resetUserFactors(username: $name, reason: "lost") { id }'])(
    'holds an account until an admin calls %s',
    async (field) => {
      await outcomes(GUESSES, () => guess());
      expect((await guess({}, enrolled.authenticator.next())).outcome).toBe('RATE_LIMITED');
      const { errors } = await gatehouse.client.ask(`mutation ($name: String!) { ${field} }`, {
        variables: { name: kandi.username },
        token: await adminToken(gatehouse),
      });
      expect(errors).toBeUndefined();
      if (field.startsWith('reset')) enrolled = await enrol(gatehouse, kandi, clock);
      expect((await guess({}, enrolled.authenticator.next())).outcome).toBe('signed in');
    },
  );

  it('gains no guess by the sign-ins of the owner', async () => {
    await outcomes(GUESSES - 1, () => guess());
    expect((await guess({}, enrolled.authenticator.next())).outcome).toBe('signed in');
    expect((await guess()).outcome).toBe('totp WRONG');
    expect((await guess()).outcome).toBe('RATE_LIMITED');
  });

  it('has 33 guesses a day with the stolen device of the owner as well, a chance below 10^-4', async () => {
    const { device } = await guess({}, enrolled.authenticator.next());
    const found = [
      ...(await outcomes(GUESSES + 5, () => guess())),
      ...(await outcomes(GUESSES + 5, () => guess({ device }))),
    ];
    const looked = found.filter((outcome) => outcome === 'totp WRONG').length;
    expect(looked).toBe(33);
    expect((looked * 3) / 1e6).toBeLessThan(1e-4);
  });

  it('cannot use a code that the owner used, at another replica or door', async () => {
    const code = enrolled.authenticator.next();
    const [one, other] = [await ticket(), await ticket({ at: replica })];
    const { body } = await gatehouse.client.form('/token', { username: kandi.username, password: kandi.password });
    const [first, second, third] = await Promise.all([
      complete({ ticket: one, totp: code }),
      complete({ ticket: other, totp: code }, { at: replica }),
      gatehouse.client.form('/token', {
        grant_type: 'urn:gatehouse:grant:second-factor',
        auth_session: body.auth_session,
        otp: code,
      }),
    ]);
    const opened = [first.outcome === 'signed in', second.outcome === 'signed in', third.status === 200];
    expect(opened.filter(Boolean)).toHaveLength(1);
  });

  it('cannot use a recovery code that the owner used, at another replica or door', async () => {
    const [recoveryCode] = enrolled.recoveryCodes;
    const [one, other] = [await ticket(), await ticket({ at: replica })];
    const { body } = await gatehouse.client.form('/token', { username: kandi.username, password: kandi.password });
    const [first, second, third] = await Promise.all([
      complete({ ticket: one, recoveryCode }),
      complete({ ticket: other, recoveryCode }, { at: replica }),
      gatehouse.client.form('/token', {
        grant_type: 'urn:gatehouse:grant:second-factor',
        auth_session: body.auth_session,
        recovery_code: recoveryCode!,
      }),
    ]);
    const opened = [first.outcome === 'signed in', second.outcome === 'signed in', third.status === 200];
    expect(opened.filter(Boolean)).toHaveLength(1);
  });
});
