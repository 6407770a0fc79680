import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import {
  ChangePasswordDocument,
  LogoutDocument,
  LogoutEverywhereDocument,
  SetUserDisabledDocument,
} from '../../../schema/documents.ts';
import type { Client, Tokens } from '../../support/http_client.ts';
import { adminToken, createUser, type Person } from '../../support/accounts.ts';
import { describeOnStores, type Instance, startInstance } from '../../support/instance.ts';

const GRACE_SECONDS = 10;

describeOnStores('sessions', (stores) => {
  let now = Date.now();
  let gatehouse: Instance;
  let client: Client;
  let kandi: Person;
  beforeAll(async () => {
    gatehouse = await startInstance({
      stores,
      clock: () => now,
      env: { REFRESH_GRACE_SECONDS: String(GRACE_SECONDS) },
    });
    client = gatehouse.client;
  });
  afterAll(() => gatehouse.close());
  beforeEach(async () => {
    kandi = await createUser(gatehouse);
  });

  const login = () => client.login(kandi.username, kandi.password);
  const refreshed = async (refreshToken: string, headers = {}) => {
    const { data, errors } = await client.refresh(refreshToken, headers);
    if (!data) throw new Error(JSON.stringify(errors));
    return data.refresh as Tokens & { refreshToken: string };
  };
  /** Returns the refusal of each access token, or `ok`. */
  const standing = async (...tokens: string[]) =>
    Promise.all(tokens.map(async (token) => (await client.me(token)).refusal ?? 'ok'));

  describe('login', () => {
    it('gives the tokens of the contract', async () => {
      const { accessToken, ...rest } = await login();
      expect(rest).toEqual({
        tokenType: 'bearer',
        expiresIn: 1800,
        refreshToken: expect.stringMatching(/^[\w-]{114}$/),
      });
      expect(decodeProtectedHeader(accessToken)).toEqual({ alg: 'HS256', typ: 'at+jwt', kid: expect.any(String) });
      const claims = decodeJwt(accessToken);
      expect(claims).toEqual({
        iss: gatehouse.url,
        aud: 'gatehouse',
        sub: kandi.username,
        role: 'user',
        scope: 'account',
        sid: expect.stringMatching(/^[\da-f-]{36}$/),
        jti: expect.stringMatching(/^[\da-f]{32}$/),
        auth_time: Math.floor(now / 1000),
        amr: ['pwd'],
        acr: 'urn:gatehouse:acr:1',
        iat: Math.floor(now / 1000),
        exp: Math.floor(now / 1000) + 1800,
      });
    });

    it.each<[string, (name: string) => string]>([
      ['in any case', (name) => name.toUpperCase()],
      ['with the blank that a phone puts behind it', (name) => `${name} `],
    ])('takes the name %s, and spells it in one', async (_how, spell) => {
      const { accessToken } = await client.login(spell(kandi.username), kandi.password);
      expect((await client.me(accessToken)).data?.me.username).toBe(kandi.username);
    });

    it('opens a session each time', async () => {
      const [first, second] = [await login(), await login()];
      expect(decodeJwt(first.accessToken)['sid']).not.toBe(decodeJwt(second.accessToken)['sid']);
    });
  });

  describe('refresh', () => {
    it('uses the token up, and leaves the older access token alone', async () => {
      const first = await login();
      const second = await refreshed(first.refreshToken);
      expect(second.refreshToken).not.toBe(first.refreshToken);
      expect(await standing(first.accessToken, second.accessToken)).toEqual(['ok', 'ok']);
    });

    it('gives the same successor again within the grace', async () => {
      const first = await login();
      const answers = await Promise.all([1, 2, 3, 4].map(() => refreshed(first.refreshToken)));
      now += (GRACE_SECONDS - 1) * 1000;
      answers.push(await refreshed(first.refreshToken));
      expect(new Set(answers.map((answer) => answer.refreshToken)).size).toBe(1);
      expect((await client.refresh(answers[0]!.refreshToken)).refusal).toBeUndefined();
    });

    it('gives a fresh successor after the grace, and takes the unused one for theft', async () => {
      const [lost, other] = [await login(), await login()];
      const unused = await refreshed(lost.refreshToken);
      now += (GRACE_SECONDS + 1) * 1000;
      const fresh = await refreshed(lost.refreshToken);
      expect(fresh.refreshToken).not.toBe(unused.refreshToken);
      expect(await standing(lost.accessToken, fresh.accessToken, other.accessToken)).toEqual(['ok', 'ok', 'ok']);
      expect((await client.refresh(unused.refreshToken)).refusal).toBe('UNAUTHENTICATED');
      expect((await client.refresh(fresh.refreshToken)).refusal).toBe('UNAUTHENTICATED');
      expect(await standing(fresh.accessToken, other.accessToken)).toEqual(Array(2).fill('UNAUTHENTICATED/REVOKED'));
    });

    it('takes a token whose successor was used for theft, and ends every session of the user', async () => {
      const [stolen, other] = [await login(), await login()];
      const next = await refreshed((await refreshed(stolen.refreshToken)).refreshToken);
      now += (GRACE_SECONDS + 1) * 1000;
      expect((await client.refresh(stolen.refreshToken)).errors?.[0]?.message).toBe('Invalid or expired refresh token');
      expect(await standing(stolen.accessToken, next.accessToken, other.accessToken)).toEqual(
        Array(3).fill('UNAUTHENTICATED/REVOKED'),
      );
      expect((await client.refresh(next.refreshToken)).refusal).toBe('UNAUTHENTICATED');
      expect((await client.refresh(other.refreshToken)).refusal).toBe('UNAUTHENTICATED');
      expect(await standing((await login()).accessToken)).toEqual(['ok']);
    });

    it("ends the grace at the successor's first use", async () => {
      const first = await login();
      const second = await refreshed(first.refreshToken);
      const third = await refreshed(second.refreshToken);
      await client.refresh(first.refreshToken);
      expect(await standing(third.accessToken)).toEqual(['UNAUTHENTICATED/REVOKED']);
    });

    it('recognises a grandparent', async () => {
      const first = await login();
      const third = await refreshed((await refreshed(first.refreshToken)).refreshToken);
      const fourth = await refreshed(third.refreshToken);
      await client.refresh(first.refreshToken);
      expect((await client.refresh(fourth.refreshToken)).refusal).toBe('UNAUTHENTICATED');
    });

    it('ends nothing for a forged tag', async () => {
      const first = await login();
      const second = await refreshed(first.refreshToken);
      now += (GRACE_SECONDS + 1) * 1000;
      const bytes = Buffer.from(first.refreshToken, 'base64url');
      bytes[bytes.length - 1]! ^= 1;
      expect((await client.refresh(bytes.toString('base64url'))).refusal).toBe('UNAUTHENTICATED');
      expect((await client.refresh(second.refreshToken)).refusal).toBeUndefined();
    });

    it('is not used up for an answer that the client would not take', async () => {
      const { refreshToken } = await login();
      expect((await client.refresh(refreshToken, { accept: 'text/csv' })).refusal).toBe('BAD_USER_INPUT');
      now += (GRACE_SECONDS + 1) * 1000;
      expect((await client.refresh(refreshToken)).refusal).toBeUndefined();
    });

    it('never outlives the session', async () => {
      const first = await login();
      now += 29 * 86_400_000;
      const second = await refreshed(first.refreshToken);
      now += 2 * 86_400_000;
      expect((await client.refresh(second.refreshToken)).refusal).toBe('UNAUTHENTICATED');
    });

    it('takes its role from the account as it is', async () => {
      const { refreshToken } = await login();
      await gatehouse.client.ask(`mutation { setUserRole(username: "${kandi.username}", role: "admin") { role } }`, {
        token: await adminToken(gatehouse),
      });
      expect(decodeJwt((await refreshed(refreshToken)).accessToken)['role']).toBe('admin');
    });
  });

  describe('logout', () => {
    it('ends the session of a refresh token, with its access tokens', async () => {
      const [first, other] = [await login(), await login()];
      const second = await refreshed(first.refreshToken);
      const { data } = await client.send(LogoutDocument, { refreshToken: second.refreshToken });
      expect(data?.logout).toBe(true);
      expect(await standing(first.accessToken, second.accessToken, other.accessToken)).toEqual([
        'UNAUTHENTICATED/REVOKED',
        'UNAUTHENTICATED/REVOKED',
        'ok',
      ]);
      expect((await client.refresh(second.refreshToken)).refusal).toBe('UNAUTHENTICATED');
      expect((await client.refresh(other.refreshToken)).refusal).toBeUndefined();
    });

    it('ends the session of an access token', async () => {
      const first = await login();
      expect((await client.send(LogoutDocument, {}, { token: first.accessToken })).data?.logout).toBe(true);
      expect(await standing(first.accessToken)).toEqual(['UNAUTHENTICATED/REVOKED']);
      expect((await client.refresh(first.refreshToken)).refusal).toBe('UNAUTHENTICATED');
    });

    it('says false where there is nothing to end, however bad what is shown', async () => {
      const shown = [{}, { refreshToken: 'nonsense' }, { refreshToken: '' }];
      for (const variables of shown) {
        const { data } = await client.send(LogoutDocument, variables, { token: 'nonsense' });
        expect(data?.logout).toBe(false);
      }
    });

    // Its access tokens are still valid, and must not be after a logout with them.
    describe.each<[string, number, () => Promise<unknown>]>([
      [
        'which a disabling ended, that is over',
        1,
        async () => {
          const token = await adminToken(gatehouse);
          for (const disabled of [true, false]) {
            await client.send(SetUserDisabledDocument, { username: kandi.username, disabled }, { token });
          }
        },
      ],
      [
        'that a restored database does not know',
        0,
        () =>
          gatehouse.sql(
            `delete from sessions where user_id = (select id from users where username = '${kandi.username}')`,
          ),
      ],
    ])('with a session %s', (_title, count, happens) => {
      let older: string;
      let token: string;
      beforeEach(async () => {
        const first = await login();
        ({ accessToken: token } = await refreshed(first.refreshToken));
        older = first.accessToken;
        await happens();
        expect(await standing(older, token)).toEqual(['ok', 'ok']);
      });

      it('denies every token, and says that there was something to end', async () => {
        const { accessToken: elsewhere } = await login();
        expect((await client.send(LogoutDocument, {}, { token })).data?.logout).toBe(true);
        expect(await standing(older, token, elsewhere)).toEqual([...Array(2).fill('UNAUTHENTICATED/REVOKED'), 'ok']);
        now += 29 * 60_000;
        expect(await standing(older, token)).toEqual(Array(2).fill('UNAUTHENTICATED/REVOKED'));
      });

      it('denies the one that is shown to a logout everywhere', async () => {
        const { data } = await client.send(LogoutEverywhereDocument, {}, { token });
        expect(data?.logoutEverywhere).toBe(count);
        expect(await standing(token)).toEqual(['UNAUTHENTICATED/REVOKED']);
        now += 29 * 60_000;
        expect(await standing(token)).toEqual(['UNAUTHENTICATED/REVOKED']);
      });
    });

    it('ends both sessions where the two tokens are of two', async () => {
      const [first, second] = [await login(), await login()];
      const { data } = await client.send(
        LogoutDocument,
        { refreshToken: first.refreshToken },
        { token: second.accessToken },
      );
      expect(data?.logout).toBe(true);
      expect(await standing(first.accessToken, second.accessToken)).toEqual(Array(2).fill('UNAUTHENTICATED/REVOKED'));
      for (const { refreshToken } of [first, second]) {
        expect((await client.refresh(refreshToken)).refusal).toBe('UNAUTHENTICATED');
        expect((await client.send(LogoutDocument, { refreshToken })).data?.logout).toBe(false);
      }
    });

    it('everywhere ends every session and says how many', async () => {
      const [first, second] = [await login(), await login()];
      const { data } = await client.send(LogoutEverywhereDocument, {}, { token: first.accessToken });
      expect(data?.logoutEverywhere).toBe(2);
      expect(await standing(first.accessToken, second.accessToken)).toEqual(Array(2).fill('UNAUTHENTICATED/REVOKED'));
    });
  });

  describe('change of password', () => {
    const change = (token: string, currentPassword: string, newPassword: string) =>
      client.send(ChangePasswordDocument, { currentPassword, newPassword }, { token });

    it('ends the other sessions and keeps this one', async () => {
      const [mine, other] = [await login(), await login()];
      const next = 'a password that nobody else has';
      expect((await change(mine.accessToken, kandi.password, next)).data?.changePassword).toBe(true);
      expect(await standing(mine.accessToken, other.accessToken)).toEqual(['ok', 'UNAUTHENTICATED/REVOKED']);
      expect((await client.refresh(mine.refreshToken)).refusal).toBeUndefined();
      expect((await client.refresh(other.refreshToken)).refusal).toBe('UNAUTHENTICATED');
      expect((await client.tryLogin(kandi.username, kandi.password)).refusal).toBe('UNAUTHENTICATED');
      expect((await client.tryLogin(kandi.username, next)).refusal).toBeUndefined();
    });

    // Threat: a thief who knew the old password and comes second must not undo the owner's change.
    it('happens once where two come at once', async () => {
      const { accessToken } = await login();
      const next = ['the password of the first one', 'the password of the second one'];
      const answers = await Promise.all(next.map((one) => change(accessToken, kandi.password, one)));
      const refused = answers.flatMap(({ errors }) => errors?.map(({ extensions }) => extensions?.['code']) ?? []);
      expect(refused).toHaveLength(1);
      // The second request may also arrive after the first is done; then its current password is wrong.
      expect(['CONFLICT', 'BAD_USER_INPUT']).toContain(refused[0]);
      const good = answers.findIndex(({ errors }) => !errors);
      const logins = await Promise.all(next.map((one) => client.tryLogin(kandi.username, one)));
      expect(logins.map(({ refusal }) => refusal === undefined)).toEqual([good === 0, good === 1]);
    });

    it('counts a wrong current password as a failed login', async () => {
      const { accessToken } = await login();
      for (const _ of [1, 2, 3, 4]) {
        const { errors } = await change(accessToken, 'not the password', 'a password that nobody else has');
        expect(errors?.[0]).toMatchObject({
          extensions: { code: 'BAD_USER_INPUT', fields: [{ field: 'currentPassword', code: 'WRONG' }] },
        });
      }
      expect((await client.tryLogin(kandi.username, kandi.password)).refusal).toBe('RATE_LIMITED');
    });
  });
});

describe('with REUSE_REVOKES=family', () => {
  let now = Date.now();
  let gatehouse: Instance;
  beforeAll(async () => {
    const env = { TRUST_PROXY: '127.0.0.1', REUSE_REVOKES: 'family' };
    gatehouse = await startInstance({ clock: () => now, env });
  });
  afterAll(() => gatehouse.close());

  it('a theft ends its own session alone', async () => {
    const { client, admin } = gatehouse;
    const [stolen, other] = [
      await client.login(admin.username, admin.password),
      await client.login(admin.username, admin.password),
    ];
    const next = await client.refresh(stolen.refreshToken);
    await client.refresh(next.data!.refresh.refreshToken!);
    now += 11_000;
    await client.refresh(stolen.refreshToken);
    expect((await client.me(stolen.accessToken)).refusal).toBe('UNAUTHENTICATED/REVOKED');
    expect((await client.me(other.accessToken)).refusal).toBeUndefined();
  });

  describe('a second presentation', () => {
    const BROWSER = { 'user-agent': 'Browser/1' };
    const OTHER = { 'user-agent': 'Other/2' };
    const at = (address: string) => ({ 'x-forwarded-for': address });
    const cases = [
      ['from the same address with the same agent', { ...at('192.0.2.1'), ...BROWSER }, 'taken'],
      ['from another address with the same agent', { ...at('192.0.2.2'), ...BROWSER }, 'taken'],
      ['from the same address with another agent', { ...at('192.0.2.1'), ...OTHER }, 'taken'],
      ['from another address with another agent', { ...at('192.0.2.2'), ...OTHER }, 'refused'],
    ] as const;

    it.each(cases)('%s gets the same successor: %j', async (_title, presenter, _verdict) => {
      const { client, admin } = gatehouse;
      const { refreshToken, accessToken } = await client.login(admin.username, admin.password);
      const first = await client.refresh(refreshToken, { ...at('192.0.2.1'), ...BROWSER });
      const second = await client.refresh(refreshToken, presenter);
      expect(second.data?.refresh.refreshToken).toBe(first.data!.refresh.refreshToken);
      expect((await client.me(accessToken)).refusal).toBeUndefined();
    });

    it.each(cases)('%s after the grace: %j', async (_title, presenter, verdict) => {
      const { client, admin } = gatehouse;
      const { refreshToken, accessToken } = await client.login(admin.username, admin.password);
      await client.refresh(refreshToken, { ...at('192.0.2.1'), ...BROWSER });
      now += 11_000;
      expect((await client.refresh(refreshToken, presenter)).refusal).toBe(
        verdict === 'taken' ? undefined : 'UNAUTHENTICATED',
      );
      expect((await client.me(accessToken)).refusal).toBe(verdict === 'taken' ? undefined : 'UNAUTHENTICATED/REVOKED');
    });
  });
});
