import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SYSTEM } from '../../../src/kernel/actor.ts';
import { AuditEventEntity } from '../../../src/audit/audit_event.entity.ts';
import { operator } from '../../../src/cli/operator.ts';
import { createUseCases, type UseCases } from '../../../src/application/use_cases.ts';
import { noteSecrets } from '../../support/log_file.ts';
import { openEmbeddedServices } from '../../support/open_stores.ts';

const MINUTE = 60_000;
const GRACE_SECONDS = 300;
const PASSWORD = 'the password of somebody quiet';

// Threat: a continuing attack fills the log, which is kept for a year. A new attack after a pause must still be logged.
describe('a continuing event is logged once a minute', () => {
  let now = Math.floor(Date.now() / 1000) * 1000;
  let services: Awaited<ReturnType<typeof openEmbeddedServices>>;
  let use: UseCases;
  let username: string;
  let count = 0;
  beforeAll(async () => {
    services = await openEmbeddedServices(() => now, { graceSeconds: GRACE_SECONDS, lifetimeSeconds: 30 * 86_400 });
    use = createUseCases(services);
    noteSecrets(PASSWORD);
  });
  afterAll(() => services.close());
  beforeEach(async () => {
    username = `quiet.${(count += 1)}`;
    const account = { username, password: PASSWORD, email: `${username}@example.com`, role: 'user' };
    await use.accounts.create(account, { actor: SYSTEM, request: from('192.0.2.1') });
  });

  const from = (address: string) => ({ address, userAgent: null, requestId: 'quiet' });
  const told = async (type: string) =>
    (await services.database.run((db) => db.find(AuditEventEntity, { type, subject: username }))).map(({ at }) => at);
  async function login() {
    const { refreshToken } = await use.login({ username, password: PASSWORD }, from('192.0.2.1'));
    noteSecrets(refreshToken);
    return refreshToken;
  }
  const show = (token: string, address = '192.0.2.1') =>
    use.refresh(token, null, from(address)).then(
      ({ refreshToken }) => void noteSecrets(refreshToken),
      ({ kind }: { kind: string }) => kind,
    );

  /** Repeats an action at these moments, in milliseconds from now. Returns the moments that were logged. */
  async function moments(type: string, at: readonly number[], deed: () => Promise<unknown>): Promise<number[]> {
    const begun = now;
    for (const moment of at) {
      now = begun + moment;
      await deed();
    }
    return (await told(type)).map((date) => date.getTime() - begun).toSorted((a, b) => a - b);
  }
  const AT = [0, 1, MINUTE - 1, MINUTE, 2 * MINUTE - 1, 3 * MINUTE];
  const TOLD = [0, MINUTE, 3 * MINUTE];

  it('a refresh token that is repeated within its grace', async () => {
    const token = await login();
    await show(token);
    expect(await moments('refresh.repeated', AT, () => show(token))).toEqual(TOLD);
  });

  it('a refresh token of an ended session, for each account and each network', async () => {
    const token = await login();
    await show(token);
    await use.accounts.revokeSessions(username, operator());
    now += (GRACE_SECONDS + 1) * 1000;
    expect(await moments('refresh.reused', AT, () => show(token))).toEqual(TOLD);
    await show(token, '192.0.2.2');
    expect(await told('refresh.reused')).toHaveLength(TOLD.length + 1);
  });

  it('a limited network', async () => {
    for (let n = 0; n < 100; n += 1) await services.attempts.charge('198.51.100.7');
    const attempt = () =>
      use.login({ username, password: PASSWORD }, from('198.51.100.7')).catch(({ kind }: { kind: string }) => kind);
    expect(await moments('login.limited', AT, attempt)).toEqual(TOLD);
    expect(await attempt()).toBe('RATE_LIMITED');
  });
});
