import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RequestInfo } from '../../../src/kernel/request_info.ts';
import { operator } from '../../../src/cli/operator.ts';
import { SessionEntity } from '../../../src/sessions/session.entity.ts';
import { personOf } from '../../../src/application/authentication/principal.ts';
import { createUseCases, type UseCases } from '../../../src/application/use_cases.ts';
import { noteSecrets } from '../../support/log_file.ts';
import { allowAs, pkce } from '../../support/oauth_client.ts';
import { openEmbeddedServices } from '../../support/open_stores.ts';

const ORIGIN: RequestInfo = { address: '192.0.2.1', userAgent: null, requestId: 'race' };
const OLD = 'the old password of the race';
const NEW = 'the new password of the race';
const REDIRECT = 'https://app.example/callback';
const ADMIN = operator();

/** Between the slow verification and the lock of the account. */
describe('a sign-in that has verified a password', () => {
  let services: Awaited<ReturnType<typeof openEmbeddedServices>>;
  let use: UseCases;
  /** The same use cases over a hasher that runs an action after it has verified the old password. */
  let racing: UseCases;
  let meanwhile: (() => Promise<unknown>) | null = null;
  let count = 0;
  beforeAll(async () => {
    services = await openEmbeddedServices();
    noteSecrets(OLD, NEW);
    use = createUseCases(services);
    const verify: typeof services.hasher.verify = async (...call) => {
      const verdict = await services.hasher.verify(...call);
      const happening = meanwhile;
      meanwhile = null;
      await happening?.();
      return verdict;
    };
    racing = createUseCases({ ...services, hasher: { ...services.hasher, verify } });
  });
  afterAll(() => services.close());

  const person = async () => {
    const username = `racer.${(count += 1)}`;
    const account = { username, password: OLD, email: `${username}@example.com`, role: 'user' };
    const { id } = await use.accounts.create(account, ADMIN);
    return { id, username, password: OLD };
  };
  type Racer = Awaited<ReturnType<typeof person>>;
  const sessionsOf = ({ id }: Racer) =>
    services.database.run((db) => db.count(SessionEntity, { userId: id, endedAt: null }));

  const WAYS: Record<string, (racer: Racer) => Promise<unknown>> = {
    'signs in': (racer) => racing.login(racer, ORIGIN),
    'allows an app': async (racer) => {
      const input = { name: 'App', public: true, redirectUris: [REDIRECT], grantTypes: ['authorization_code'] };
      const { client } = await use.clients.create({ ...input, scopes: ['account'] }, ADMIN);
      const request = { clientId: client.id, redirectUri: REDIRECT, challenge: pkce().challenge, scope: null };
      const interaction = await use.authorizations.find(use.authorizations.begin({ ...request, state: null }));
      return allowAs(racing, interaction, { credentials: racer, origin: ORIGIN });
    },
  };
  const CHANGES: Record<string, (racer: Racer) => Promise<unknown>> = {
    'an admin sets another password': ({ username }) => use.accounts.setPassword(username, NEW, ADMIN),
    'the account is disabled': ({ username }) => use.accounts.setDisabled(username, true, ADMIN),
    'the account is deleted': ({ username }) => use.accounts.remove(username, ADMIN),
  };

  it.each(Object.keys(WAYS).flatMap((way) => Object.keys(CHANGES).map((change) => [way, change] as const)))(
    'and %s opens no session where meanwhile %s',
    async (way, change) => {
      const racer = await person();
      meanwhile = () => CHANGES[change]!(racer);
      await expect(WAYS[way]!(racer)).rejects.toMatchObject({ kind: 'INCORRECT_LOGIN' });
      expect(await sessionsOf(racer)).toBe(0);
    },
  );

  it('opens no session where its owner changed it meanwhile, who stays signed in', async () => {
    const racer = await person();
    const { accessToken } = await use.login(racer, ORIGIN);
    noteSecrets(accessToken);
    const owner = personOf(await use.authenticate([`Bearer ${accessToken}`]));
    meanwhile = () => use.changePassword(owner, { current: OLD, next: NEW }, ORIGIN);
    await expect(racing.login(racer, ORIGIN)).rejects.toMatchObject({ kind: 'INCORRECT_LOGIN' });
    expect(await sessionsOf(racer)).toBe(1);
    expect((await racing.login({ ...racer, password: NEW }, ORIGIN)).accessToken).toEqual(expect.any(String));
  });

  it('does not change the password either, where another change came first', async () => {
    const racer = await person();
    const { accessToken } = await use.login(racer, ORIGIN);
    noteSecrets(accessToken);
    const owner = personOf(await use.authenticate([`Bearer ${accessToken}`]));
    const third = 'a third password of the race';
    noteSecrets(third);
    meanwhile = () => use.accounts.setPassword(racer.username, NEW, ADMIN);
    const passwords = { current: OLD, next: third };
    await expect(racing.changePassword(owner, passwords, ORIGIN)).rejects.toMatchObject({ kind: 'CONFLICT' });
    await expect(use.login({ ...racer, password: third }, ORIGIN)).rejects.toMatchObject({ kind: 'INCORRECT_LOGIN' });
    expect((await use.login({ ...racer, password: NEW }, ORIGIN)).accessToken).toEqual(expect.any(String));
  });
});
