import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { SetUserRoleDocument } from '../../../schema/documents.ts';
import { deriveKey } from '../../../src/kernel/secret.ts';
import type { FormAnswer } from '../../support/http_client.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { noteSecrets } from '../../support/log_file.ts';
import { basic, createBrowserOf, exchange, type Registered, registerClient } from '../../support/oauth_client.ts';
import { adminToken, createUser, type Person } from '../../support/accounts.ts';
import { SECRET } from '../../support/open_stores.ts';

const ROLES = JSON.stringify({ admin: ['*'], user: ['account'], clerk: ['account', 'users:read'] });

describe('a token', () => {
  let gatehouse: Instance;
  let api: Registered;
  let kandi: Person;
  beforeAll(async () => {
    gatehouse = await startInstance({ env: { JWT_SECRET_KEY: SECRET, ROLES } });
    api = await registerClient(gatehouse, { grantTypes: ['client_credentials'], scopes: [] });
  });
  afterAll(() => gatehouse.close());
  beforeEach(async () => {
    kandi = await createUser(gatehouse);
  });

  const setRole = async (role: string) => {
    const token = await adminToken(gatehouse);
    const { refusal } = await gatehouse.client.send(SetUserRoleDocument, { username: kandi.username, role }, { token });
    if (refusal) throw new Error(refusal);
  };
  /** Returns a resource server's view of the token, and whether it may do in the graph what only a promotion allows. */
  const may = async (token: string) => {
    const { body } = await gatehouse.client.form('/introspect', { token }, basic(api));
    const { refusal } = await gatehouse.client.ask('{ users(first: 1) { totalCount } }', { token });
    return { scope: body.scope as string, readsUsers: refusal ?? 'ok' };
  };
  const refresh = async ({ body }: FormAnswer, more: Record<string, string>) =>
    gatehouse.client.form('/token', { grant_type: 'refresh_token', refresh_token: body.refresh_token, ...more });

  const NARROW: [title: string, give: () => Promise<{ answer: FormAnswer; by: Record<string, string> }>][] = [
    [
      'by password, for all that the role has by name',
      async () => ({ answer: await gatehouse.client.form('/token', { ...kandi, scope: 'account' }), by: {} }),
    ],
    [
      'to an app, by code',
      async () => {
        const app = await registerClient(gatehouse, { public: true });
        const code = await createBrowserOf(gatehouse).allow(app, kandi);
        return { answer: await exchange(gatehouse, app, code), by: { client_id: app.id } };
      },
    ],
    [
      'to an app, by code, for a part of what it is registered for',
      async () => {
        const app = await registerClient(gatehouse, { public: true, scopes: ['*'] });
        const code = await createBrowserOf(gatehouse).allow(app, kandi, { scope: 'account' });
        return { answer: await exchange(gatehouse, app, code), by: { client_id: app.id } };
      },
    ],
    [
      'to an app, by password',
      async () => {
        const app = await registerClient(gatehouse, { public: true, grantTypes: ['password', 'refresh_token'] });
        const by = { client_id: app.id };
        return { answer: await gatehouse.client.form('/token', { ...kandi, ...by }), by };
      },
    ],
  ];

  it.each(NARROW)('given %s stays narrow when its owner is promoted, and so does the next one', async (_way, give) => {
    const { answer, by } = await give();
    expect(decodeJwt(answer.body.access_token)).toMatchObject({ scope: 'account', narrowed: true });
    await setRole('admin');
    expect(await may(answer.body.access_token)).toEqual({ scope: 'account', readsUsers: 'FORBIDDEN' });
    const next = await refresh(answer, by);
    expect(decodeJwt(next.body.access_token)).toMatchObject({ role: 'admin', scope: 'account', narrowed: true });
    expect(await may(next.body.access_token)).toEqual({ scope: 'account', readsUsers: 'FORBIDDEN' });
    await setRole('clerk');
    expect(await may(next.body.access_token)).toEqual({ scope: 'account', readsUsers: 'FORBIDDEN' });
  });

  it.each([
    ['at the GraphQL door', async () => (await gatehouse.client.login(kandi.username, kandi.password)).accessToken],
    ['at /token', async () => (await gatehouse.client.form('/token', { ...kandi })).body.access_token as string],
  ])('given %s for nothing in particular follows its owner up and down', async (_door, give) => {
    const token = await give();
    expect(decodeJwt(token)).toEqual(expect.not.objectContaining({ narrowed: expect.anything() }));
    await setRole('admin');
    expect(await may(token)).toEqual({ scope: '*', readsUsers: 'ok' });
    await setRole('user');
    expect(await may(token)).toEqual({ scope: 'account', readsUsers: 'FORBIDDEN' });
  });

  it.each<[string, object]>([
    ['of an app, without the mark', { client_id: 'an-app' }],
    ['that carries less than its role has, without the mark', { role: 'clerk' }],
  ])('%s does not follow', async (_which, changed) => {
    const { accessToken, refreshToken } = await gatehouse.client.login(kandi.username, kandi.password);
    const parts = [decodeProtectedHeader(accessToken), { ...decodeJwt(accessToken), ...changed }];
    const input = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    const key = deriveKey(SECRET, 'access-token');
    const token = `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
    noteSecrets(token);
    expect((await gatehouse.client.me(token)).refusal).toBeUndefined();
    await setRole('admin');
    expect(await may(token)).toEqual({ scope: 'account', readsUsers: 'FORBIDDEN' });
    // The next token shows that it is not narrowed.
    const next = (await gatehouse.client.refresh(refreshToken)).data!.refresh.accessToken;
    expect(await may(next)).toEqual({ scope: '*', readsUsers: 'ok' });
  });
});
