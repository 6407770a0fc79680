import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CreateUserDocument } from '../../../schema/documents.ts';
import { createFirstAdmin } from '../../../src/application/accounts/first_admin.ts';
import { createCheckPassword } from '../../../src/credentials/password/policy.ts';
import { adminToken, createUser, type Person } from '../../support/accounts.ts';
import { breachedFolder, partsOf, publishedList } from '../../support/breached_list.ts';
import { describeOnStores, type Instance, startInstance } from '../../support/instance.ts';
import { openEmbeddedServices } from '../../support/open_stores.ts';
import { readSamples } from '../../support/prometheus.ts';
import { type RangeServer, startRangeServer } from '../../support/range_server.ts';
import { until } from '../../support/until.ts';

const LEAKED = 'leaked to the service';
const FILED = 'leaked to the file';
const DAY_MS = 86_400_000;
const IN_BREACH = 'password.breached';

const folder = breachedFolder();
let service: RangeServer;
beforeAll(async () => {
  service = await startRangeServer();
  service.publish(LEAKED);
  await folder.build('breached', partsOf(publishedList([FILED])));
});
afterEach(() => service.answer());
afterAll(async () => {
  await service.close();
  folder.remove();
});

/** Waits for the look-ups of sign-ins that began before. */
const lookedUp = (gatehouse: Instance, username: string) =>
  until(async () => {
    const [row] = await gatehouse.sql(
      `select breach_checked_at is not null as done from users where username = '${username}'`,
    );
    return row!['done'];
  });

describeOnStores('a breached password', (stores) => {
  let clock = Date.now();
  let gatehouse: Instance;
  let fromFile: Instance;
  let token: string;
  beforeAll(async () => {
    const env = { REGISTRATION: 'open', LOGIN_LIMIT_PER_IP: '10000', JWT_ISSUER: 'https://auth.example' };
    gatehouse = await startInstance({
      stores,
      clock: () => clock,
      env: { ...env, BREACHED_PASSWORDS: `${service.address},${folder.path('breached')}` },
    });
    fromFile = await gatehouse.replica({ BREACHED_PASSWORDS: folder.path('breached') });
  });
  beforeEach(async () => {
    token = await adminToken(gatehouse);
  });
  afterAll(async () => {
    await fromFile.stop();
    await gatehouse.close();
  });

  let number = 0;
  const input = (password: string) => {
    number += 1;
    return { username: `new.${stores[0]}.${number}`.toLowerCase(), email: `new.${number}@example.com`, password };
  };
  const change = (instance: Instance, { username, password }: Person, next: string) =>
    instance.client
      .login(username, password)
      .then(({ accessToken }) =>
        instance.client.ask(
          'mutation ($current: String!, $next: String!) { changePassword(currentPassword: $current, newPassword: $next) }',
          { token: accessToken, variables: { current: password, next } },
        ),
      );
  const set = (instance: Instance, { username }: Person, next: string) =>
    instance.client.ask(
      'mutation ($username: String!, $next: String!) { setUserPassword(username: $username, newPassword: $next) { id } }',
      {
        token,
        variables: { username, next },
      },
    );

  it.each<[string, string, (instance: Instance, password: string) => Promise<{ faults: readonly string[] }>]>([
    [
      'createUser',
      'password',
      (at, password) => at.client.send(CreateUserDocument, { input: input(password) }, { token }),
    ],
    [
      'register',
      'password',
      (at, password) =>
        at.client.ask('mutation ($input: RegisterInput!) { register(input: $input) { id } }', {
          variables: { input: input(password) },
        }),
    ],
    ['changePassword', 'newPassword', async (at, next) => change(at, await createUser(gatehouse), next)],
    ['setUserPassword', 'newPassword', async (at, next) => set(at, await createUser(gatehouse), next)],
  ])('is refused by %s, from a service and from a file, and no other', async (_door, field, send) => {
    expect((await send(gatehouse, LEAKED)).faults).toEqual([`${field} BREACHED`]);
    expect((await send(fromFile, FILED)).faults).toEqual([`${field} BREACHED`]);
    expect((await send(gatehouse, 'of no breach at all')).faults).toEqual([]);
    expect((await send(fromFile, LEAKED)).faults).toEqual([]);
  });

  it('is not asked for before the current password is right', async () => {
    const person = await createUser(gatehouse);
    const { accessToken } = await gatehouse.client.login(person.username, person.password);
    service.asked.length = 0;
    const { faults } = await gatehouse.client.ask(
      `mutation { changePassword(currentPassword: "not the right one", newPassword: "${LEAKED}") }`,
      { token: accessToken },
    );
    expect(faults).toEqual(['currentPassword WRONG']);
    expect(service.asked).toEqual([]);
  });

  it('is found in the file if the service fails, and the failure is counted', async () => {
    const samples = async () => (await (await fetch(`${gatehouse.url}/metrics`)).text()).split('\n');
    service.answer((_request, response) => void response.writeHead(500).end());
    const person = await createUser(gatehouse);
    expect((await set(gatehouse, person, FILED)).faults).toEqual(['newPassword BREACHED']);
    expect((await set(gatehouse, person, LEAKED)).faults).toEqual([]);
    const lines = await samples();
    const value = (start: string) => Number(lines.find((line) => line.startsWith(start))?.split(' ')[1]);
    expect(value('gatehouse_breached_password_failures_total{source="service",reason="refused"}')).toBeGreaterThan(1);
    expect(value('gatehouse_breached_password_checks_total{source="file",breached="true"}')).toBeGreaterThan(0);
    expect(readSamples(lines.join('\n')).has('gatehouse_breached_password_checks_total')).toBe(true);
  });

  describe('at a sign-in', () => {
    const eventsOf = async ({ username }: Person) =>
      gatehouse.sql(`select actor, address from audit_events where type = '${IN_BREACH}' and subject = '${username}'`);

    const noticesOf = async ({ username }: Person) =>
      gatehouse.sql(
        `select m.recipient from mails m join users u on u.id = m.user_id
         where m.template = 'notice-breached-password' and u.username = '${username}'`,
      );

    it('signs in, is noted in the audit log and told to the owner by mail, once a week', async () => {
      const person = await createUser(gatehouse);
      service.publish(person.password);
      const signIn = () => gatehouse.client.login(person.username, person.password);
      await signIn();
      await until(
        () => eventsOf(person),
        ({ length }) => length === 1,
      );
      expect(await eventsOf(person)).toEqual([{ actor: null, address: '127.0.0.1' }]);
      expect(await noticesOf(person)).toEqual([{ recipient: `${person.username}@example.com` }]);

      clock += 6.9 * DAY_MS;
      service.asked.length = 0;
      await signIn();
      // A later look-up is over, so that the one before would be as well.
      const other = await createUser(gatehouse);
      await gatehouse.client.login(other.username, other.password);
      await lookedUp(gatehouse, other.username);
      expect(await eventsOf(person)).toHaveLength(1);

      clock += 0.2 * DAY_MS;
      await signIn();
      await until(
        () => eventsOf(person),
        ({ length }) => length === 2,
      );
      expect(await noticesOf(person)).toHaveLength(2);
    });

    it('is looked up once, however many sign in at once, at two replicas', async () => {
      const person = await createUser(gatehouse);
      service.publish(person.password);
      const replica = await gatehouse.replica();
      const signIns = [gatehouse, replica, gatehouse, replica, gatehouse, replica].map(({ client }) =>
        client.login(person.username, person.password),
      );
      await Promise.all(signIns);
      await until(
        () => eventsOf(person),
        ({ length }) => length > 0,
      );
      // Waits for all look-ups that have begun.
      await replica.stop();
      const other = await createUser(gatehouse);
      await gatehouse.client.login(other.username, other.password);
      await lookedUp(gatehouse, other.username);
      expect(await eventsOf(person)).toHaveLength(1);
    });

    it('does not wait for the service', async () => {
      const person = await createUser(gatehouse);
      service.answer(() => {});
      await gatehouse.client.login(person.username, person.password);
      expect((await gatehouse.client.login(person.username, person.password)).accessToken).toBeTruthy();
      await lookedUp(gatehouse, person.username);
      expect(await eventsOf(person)).toEqual([]);
    });

    it('is not looked up for a wrong password, nor if the password was changed meanwhile', async () => {
      const person = await createUser(gatehouse);
      await gatehouse.client.tryLogin(person.username, 'a wrong password');
      service.publish(person.password);
      await gatehouse.client.login(person.username, person.password);
      expect((await set(gatehouse, person, 'another one of no breach')).faults).toEqual([]);
      const other = await createUser(gatehouse);
      await gatehouse.client.login(other.username, other.password);
      await lookedUp(gatehouse, other.username);
      const [row] = await gatehouse.sql(
        `select breach_checked_at as at from users where username = '${person.username}'`,
      );
      expect([row!['at'], await eventsOf(person)]).toEqual([null, []]);
    });
  });
});

describe('the password of the first admin', () => {
  it('is refused if it is known from a breach; a generated one is not looked up', async () => {
    const services = await openEmbeddedServices();
    const asked: Buffer[] = [];
    const checkPassword = createCheckPassword({ has: async (sha1) => (asked.push(sha1), true) });
    const admin = { username: 'first', email: 'first@example.com' };
    try {
      await expect(
        createFirstAdmin({ ...services, checkPassword }, { ...admin, password: 'an admin of a breach' }),
      ).rejects.toMatchObject({ fields: [{ field: 'ADMIN_PASSWORD', code: 'BREACHED' }] });
      asked.length = 0;
      expect(await createFirstAdmin({ ...services, checkPassword }, { ...admin, password: undefined })).toMatchObject({
        username: 'first',
      });
      expect(asked).toEqual([]);
    } finally {
      await services.close();
    }
  });
});
