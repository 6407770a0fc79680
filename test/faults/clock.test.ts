import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeOnStores, type Instance, startInstance } from '../support/instance.ts';
import { createUser } from '../support/accounts.ts';
import { redisTime } from '../support/time.ts';
import { realTime } from '../support/real_time.ts';

const MINUTE = 60_000;

/**
 * The clock of a machine is set back by a minute, as a time service does when it ran ahead. No session ends, no ended
 * session is valid again, and nothing stops.
 */
describeOnStores('a clock that is set back a minute', (stores) => {
  let gatehouse: Instance;
  let setBack = 0;
  let waited = 0;
  const now = () => Date.now() + waited - setBack;
  beforeAll(async () => {
    gatehouse = await startInstance({ stores, clock: now, env: { ACCESS_TOKEN_EXPIRE_MINUTES: '1' } });
  });
  afterAll(() => gatehouse.close());

  /** Lets time pass on every clock. */
  async function wait(ms: number): Promise<void> {
    waited += ms;
    const url = gatehouse.env['REDIS_URL'];
    if (!url) return;
    const redis = redisTime(url);
    await redis.elapse(ms);
    await redis.restore();
  }

  it('loses no token and no session', async () => {
    const { client } = gatehouse;
    const { username, password } = await createUser(gatehouse);
    const before = await client.login(username, password);
    const refreshed = (await client.refresh(before.refreshToken)).data!.refresh;
    setBack += MINUTE;
    for (const { accessToken } of [before, refreshed]) {
      expect((await client.me(accessToken)).data).toMatchObject({ me: { username } });
    }
    const again = (await client.refresh(refreshed.refreshToken!)).data!.refresh;
    // The response was lost, so the same token is presented again, as at any other time.
    const repeated = (await client.refresh(refreshed.refreshToken!)).data!.refresh;
    expect(repeated.refreshToken).toBe(again.refreshToken);
    expect((await client.me(again.accessToken)).data).toMatchObject({ me: { username } });
    const next = await client.refresh(again.refreshToken!);
    expect(next.refusal).toBeUndefined();
    const after = await client.login(username, password);
    expect((await client.me(after.accessToken)).data).toMatchObject({ me: { username } });
  });

  it('keeps denials: each outlasts the token that it denies, by either clock', async () => {
    const { client } = gatehouse;
    const { username, password } = await createUser(gatehouse);
    const [denied, control] = [await client.login(username, password), await client.login(username, password)];
    expect((await client.ask(`mutation { logout(refreshToken: "${denied.refreshToken}") }`)).data).toEqual({
      logout: true,
    });
    // On the earlier clock the tokens would have expired, and the denial of one of them too.
    await wait(MINUTE + 10_000);
    setBack += MINUTE;
    expect((await client.me(control.accessToken)).data).toMatchObject({ me: { username } });
    expect((await client.me(denied.accessToken)).refusal).toBe('UNAUTHENTICATED/REVOKED');
    // A session that ended while the clock was ahead stays ended.
    const refusal = (await client.refresh(denied.refreshToken)).refusal;
    expect(refusal).toBe('UNAUTHENTICATED');
  });

  it('delays no request: failed logins and unknown keys are judged as before', async () => {
    const { client } = gatehouse;
    const { username, password } = await createUser(gatehouse);
    for (let times = 0; times < 4; times += 1) await client.tryLogin(username, 'not the password');
    setBack += MINUTE;
    const limited = await client.tryLogin(username, password);
    expect(limited.refusal).toBe('RATE_LIMITED');
    expect(limited.errors![0]!.extensions.retryAfter).toBe(1);
    // The second that the refusal named, of a clock that runs by itself.
    await realTime(1_100);
    expect((await client.tryLogin(username, password)).refusal).toBeUndefined();
  });

  it('is ready, and stops at the end', async () => {
    setBack += MINUTE;
    expect((await fetch(`${gatehouse.url}/health/ready`)).status).toBe(200);
  });
});
