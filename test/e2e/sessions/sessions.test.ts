import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Client, Tokens } from '../../support/http_client.ts';
import { describeOnStores, type Instance, startInstance } from '../../support/instance.ts';
import { createBrowserOf, exchange, registerClient } from '../../support/oauth_client.ts';
import { adminToken, createUser, type Person } from '../../support/accounts.ts';

const DAY = 86_400_000;
const FIELDS = 'id createdAt lastUsedAt expiresAt address userAgent client current';

interface Listed {
  readonly id: string;
  readonly createdAt: string;
  readonly lastUsedAt: string;
  readonly expiresAt: string;
  readonly address: string;
  readonly userAgent: string | null;
  readonly client: string | null;
  readonly current: boolean;
}

describeOnStores('sessions for people', (stores) => {
  let now = Date.now();
  let gatehouse: Instance;
  let client: Client;
  let kandi: Person;
  beforeAll(async () => {
    gatehouse = await startInstance({
      stores,
      clock: () => now,
      env: {
        REFRESH_TOKEN_EXPIRE_DAYS: '5',
        SESSION_IDLE_DAYS: '2',
        LOGIN_LIMIT_PER_IP: '10000',
        // Replicas have different ports but one issuer.
        JWT_ISSUER: 'https://auth.example',
      },
    });
    client = gatehouse.client;
  });
  afterAll(() => gatehouse.close());
  beforeEach(async () => {
    kandi = await createUser(gatehouse);
  });

  const login = (person: Person, userAgent = 'a browser') =>
    client.login(person.username, person.password, { 'user-agent': userAgent });
  const own = async ({ accessToken }: Pick<Tokens, 'accessToken'>): Promise<Listed[]> => {
    const { data, errors } = await client.ask(`{ me { sessions { ${FIELDS} } } }`, { token: accessToken });
    expect(errors).toBeUndefined();
    return data.me.sessions;
  };
  const currentId = async (tokens: Tokens) => (await own(tokens)).find(({ current }) => current)!.id;
  const revoke = (token: string | undefined, id: string) =>
    client.ask('mutation ($id: ID!) { revokeSession(id: $id) }', { token, variables: { id } });
  const refusalOf = async ({ accessToken }: Tokens) => (await client.me(accessToken)).refusal;
  const time = (iso: string) => new Date(iso).getTime();

  describe('listing', () => {
    it.each([512, 513])('keeps 512 characters of a user agent of %i', async (length) => {
      const [session] = await own(await login(kandi, 'a'.repeat(length)));
      expect(session!.userAgent).toBe('a'.repeat(512));
    });

    it('tells where the account is signed in, used last first, and which one asks', async () => {
      const first = await login(kandi, 'a laptop');
      now += 60_000;
      const second = await login(kandi, 'a phone');
      expect(await own(second)).toMatchObject([
        { userAgent: 'a phone', current: true },
        { userAgent: 'a laptop', current: false, address: '127.0.0.1', client: null },
      ]);

      now += 60_000;
      const again = (await client.refresh(first.refreshToken, { 'user-agent': 'another one' })).data!.refresh;
      const [laptop, phone] = await own(again);
      expect([laptop!.current, phone!.current]).toEqual([true, false]);
      // A refresh changes the last use, and not the place of the sign-in.
      expect(laptop!.userAgent).toBe('a laptop');
      expect(time(laptop!.lastUsedAt) - time(laptop!.createdAt)).toBe(120_000);
      expect(time(laptop!.expiresAt) - time(laptop!.createdAt)).toBe(5 * DAY);
      expect(laptop!.id).not.toBe(phone!.id);
    });

    it('leaves out what is over', async () => {
      const [gone, disabled, kept] = [await login(kandi), await login(kandi), await login(kandi)];
      await client.ask('mutation { logout }', { token: gone.accessToken });
      expect(await own(kept)).toHaveLength(2);
      expect(await refusalOf(disabled)).toBeUndefined();
      const setDisabled = async (to: boolean) =>
        client.ask(`mutation { setUserDisabled(username: "${kandi.username}", disabled: ${to}) { id } }`, {
          token: await adminToken(gatehouse),
        });
      await setDisabled(true);
      await setDisabled(false);
      // Access tokens are valid again, but no session continues.
      expect(await own(disabled)).toEqual([]);
    });

    it("shows an admin everybody's, each under its own account", async () => {
      const other = await createUser(gatehouse);
      await login(kandi, "kandi's");
      await login(other, "the other's");
      const token = await adminToken(gatehouse);
      const { data, errors } = await client.ask(
        '{ users(search: "kandi.") { edges { node { username sessions { userAgent current } } } } }',
        { token },
      );
      expect(errors).toBeUndefined();
      const sessions = Object.fromEntries(data.users.edges.map(({ node }: any) => [node.username, node.sessions]));
      expect(sessions[kandi.username]).toEqual([{ userAgent: "kandi's", current: false }]);
      expect(sessions[other.username]).toEqual([{ userAgent: "the other's", current: false }]);
    });

    it('shows an admin the sessions of each, however many another has', async () => {
      const other = await createUser(gatehouse);
      await login(other);
      now += 60_000;
      await login(kandi);
      await gatehouse.sql(
        `insert into sessions select (json_populate_record(s, json_build_object(
           'id', gen_random_uuid(), 'token_digest', decode(md5(n::text), 'hex')))).*
         from sessions s cross join generate_series(1, 250) n
         where s.user_id = (select id from users where username = '${kandi.username}')`,
      );
      const { data } = await client.ask('{ users(search: "kandi.") { edges { node { username sessions { id } } } } }', {
        token: await adminToken(gatehouse),
      });
      const shown = Object.fromEntries(data.users.edges.map(({ node }: any) => [node.username, node.sessions.length]));
      expect([shown[kandi.username], shown[other.username]]).toEqual([100, 1]);
    });

    it('needs the scope that reading the account needs', async () => {
      const { body } = await client.form('/token', { ...gatehouse.admin, scope: 'audit:read' });
      const { refusal } = await client.ask('{ me { id } }', { token: body.access_token });
      expect(refusal).toBe('FORBIDDEN');
    });
  });

  describe('revoking', () => {
    it("ends one of one's own, with its access tokens, and no other", async () => {
      const [lost, kept] = [await login(kandi), await login(kandi)];
      const id = await currentId(lost);
      expect((await revoke(kept.accessToken, id)).data).toEqual({ revokeSession: true });
      expect(await refusalOf(lost)).toBe('UNAUTHENTICATED/REVOKED');
      expect((await client.refresh(lost.refreshToken)).refusal).toBe('UNAUTHENTICATED');
      expect(await refusalOf(kept)).toBeUndefined();
      expect((await client.refresh(kept.refreshToken)).refusal).toBeUndefined();
      expect((await revoke(kept.accessToken, id)).data).toEqual({ revokeSession: false });
    });

    it('can end the one that asks', async () => {
      const tokens = await login(kandi);
      expect((await revoke(tokens.accessToken, await currentId(tokens))).data).toEqual({ revokeSession: true });
      expect(await refusalOf(tokens)).toBe('UNAUTHENTICATED/REVOKED');
    });

    it("does not distinguish another's id from an unknown one, and ends nothing", async () => {
      const other = await login(await createUser(gatehouse));
      const { accessToken } = await login(kandi);
      const ids = [await currentId(other), randomUUID(), 'no uuid', '', '\0', `${randomUUID()}' or true --`];
      const answers = [];
      for (const id of ids) {
        const { status, data, errors } = await revoke(accessToken, id);
        answers.push({ status, data, errors });
      }
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
      expect(answers[0]).toEqual({ status: 200, data: { revokeSession: false }, errors: undefined });
      expect(await refusalOf(other)).toBeUndefined();
      expect((await client.refresh(other.refreshToken)).refusal).toBeUndefined();
    });

    it("ends anybody's for an admin, and for an app of an admin's that may write", async () => {
      const scoped = async (scope: string) =>
        (await client.form('/token', { ...gatehouse.admin, scope })).body.access_token as string;
      const allowed = [await adminToken(gatehouse), await scoped('users:write account')];
      for (const token of allowed) {
        const tokens = await login(kandi);
        expect((await revoke(token, await currentId(tokens))).data).toEqual({ revokeSession: true });
        expect(await refusalOf(tokens)).toBe('UNAUTHENTICATED/REVOKED');
      }
      const tokens = await login(kandi);
      const id = await currentId(tokens);
      expect((await revoke(await scoped('account'), id)).data).toEqual({ revokeSession: false });
      expect((await revoke(await scoped('users:read'), id)).refusal).toBe('FORBIDDEN');
      // The session's role has `account`, which such an app lacks.
      expect((await revoke(await scoped('users:write'), id)).refusal).toBe('FORBIDDEN');
      expect((await revoke(undefined, id)).refusal).toBe('UNAUTHENTICATED/MISSING');
      expect(await refusalOf(tokens)).toBeUndefined();
    });

    it('is noted with who, whom and which', async () => {
      const tokens = await login(kandi);
      const id = await currentId(tokens);
      await revoke(await adminToken(gatehouse), id);
      const { data } = await client.ask(
        `{ auditEvents(username: "${kandi.username}", type: "session.ended") {
          edges { node { actor subject detail { name value } } }
        } }`,
        { token: await adminToken(gatehouse) },
      );
      expect(data.auditEvents.edges.map(({ node }: any) => node)).toEqual([
        {
          actor: 'admin',
          subject: kandi.username,
          detail: expect.arrayContaining([
            { name: 'session', value: id },
            { name: 'by', value: 'revoked' },
          ]),
        },
      ]);
    });

    if (stores !== 'embedded') {
      it('counts on every replica at once', async () => {
        const replica = await gatehouse.replica();
        try {
          const [lost, kept] = [await login(kandi), await login(kandi)];
          expect((await replica.client.me(lost.accessToken)).refusal).toBeUndefined();
          await revoke(kept.accessToken, await currentId(lost));
          expect((await replica.client.me(lost.accessToken)).refusal).toBe('UNAUTHENTICATED/REVOKED');
          expect((await replica.client.refresh(lost.refreshToken)).refusal).toBe('UNAUTHENTICATED');
        } finally {
          await replica.stop();
        }
      });
    }
  });

  describe('the end by itself', () => {
    it('comes when a session is left alone for too long', async () => {
      const [idle, used] = [await login(kandi), await login(kandi)];
      now += DAY;
      const refreshed = (await client.refresh(used.refreshToken)).data!.refresh;
      now += DAY - 1_000;
      const last = (await client.refresh(refreshed.refreshToken!)).data!.refresh;
      expect(await own(last)).toHaveLength(2);
      now += 1_000;
      expect(await own(last)).toHaveLength(1);
      expect((await client.refresh(idle.refreshToken)).refusal).toBe('UNAUTHENTICATED');
      // It is not a theft, so the other session continues.
      expect((await client.refresh(last.refreshToken!)).refusal).toBeUndefined();
    });

    it('comes after its lifetime, however often it is refreshed, and no access token outlives it', async () => {
      let tokens: Tokens = await login(kandi);
      for (let day = 1; day < 5; day += 1) {
        now += DAY;
        tokens = (await client.refresh(tokens.refreshToken!)).data!.refresh;
      }
      now += DAY - 60_000;
      tokens = (await client.refresh(tokens.refreshToken!)).data!.refresh;
      expect(tokens.expiresIn).toBe(60);
      expect(await own(tokens)).toHaveLength(1);
      now += 60_000;
      expect((await client.refresh(tokens.refreshToken!)).refusal).toBe('UNAUTHENTICATED');
      now += 60_000;
      expect(await refusalOf(tokens)).toBe('UNAUTHENTICATED/EXPIRED');
      expect(await own(await login(kandi))).toHaveLength(1);
    });
  });

  describe("a registered client's session", () => {
    it('is there once the code is exchanged, under the name of the client, and can be ended', async () => {
      const app = await registerClient(gatehouse, { name: 'Photo prints' });
      const browser = createBrowserOf(gatehouse);
      const tokens = await login(kandi);
      const code = await browser.allow(app, kandi);
      expect(await own(tokens)).toHaveLength(1);
      const { body } = await exchange(gatehouse, app, code);
      const sessions = await own(tokens);
      expect(sessions.map((session) => session.client).sort()).toEqual(['Photo prints', null]);

      const { id } = sessions.find((session) => session.client !== null)!;
      expect(await client.me(body.access_token)).toMatchObject({ refusal: undefined });
      expect((await revoke(tokens.accessToken, id)).data).toEqual({ revokeSession: true });
      expect((await client.me(body.access_token)).refusal).toBe('UNAUTHENTICATED/REVOKED');
      expect(await own(tokens)).toHaveLength(1);
    });
  });
});
