import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { readConfig } from '../../src/config/config.ts';
import { createApp } from '../../src/composition/app.ts';
import { createLog } from '../../src/kernel/log.ts';
import { createClient } from '../support/http_client.ts';
import { describeWith } from '../support/store_servers.ts';
import { freePort } from '../support/free_port.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { logFile } from '../support/log_file.ts';
import { createUser } from '../support/accounts.ts';

const AHEAD_MS = 15_000;

describeWith('TEST_DATABASE_URL', 'two replicas whose clocks are 15 seconds apart', () => {
  let right: Instance;
  let ahead: Pick<Instance, 'url' | 'client' | 'stop'>;
  beforeAll(async () => {
    right = await startInstance({ stores: 'PostgreSQL and Redis', env: { PUBLIC_URL: 'http://gatehouse.test' } });
    const config = readConfig({ ...right.env, PORT: String(await freePort()) });
    const log = createLog(config.log.level, logFile());
    const app = await createApp(config, { log, clock: () => Date.now() + AHEAD_MS });
    const url = await app.listen();
    ahead = { url, client: createClient(url), stop: () => app.close() };
  });
  afterAll(async () => {
    await ahead.stop();
    await right.close();
  });

  it.each([
    ['the one that is right', 'the one that is ahead'],
    ['the one that is ahead', 'the one that is right'],
  ])('do not treat a repeated refresh as theft: first at %s, then at %s', async (first) => {
    const [one, other] = first === 'the one that is right' ? [right, ahead] : [ahead, right];
    const { username, password } = await createUser(right);
    const begun = await one.client.login(username, password);
    expect((await other.client.me(begun.accessToken)).refusal).toBeUndefined();
    // The first response was lost. Within the grace the other replica gives the same successor.
    const rotated = (await one.client.refresh(begun.refreshToken)).data!.refresh;
    const repeated = await other.client.refresh(begun.refreshToken);
    expect(repeated.refusal).toBeUndefined();
    expect(repeated.data!.refresh.refreshToken).toBe(rotated.refreshToken);
    const next = await other.client.refresh(rotated.refreshToken!);
    expect(next.refusal).toBeUndefined();
    expect((await one.client.me(next.data!.refresh.accessToken)).refusal).toBeUndefined();
  });

  it('report the wrong clock in a metric', async () => {
    const offsetOf = async (url: string) =>
      Number(/^gatehouse_clock_offset_seconds (\S+)$/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1]);
    expect(Math.abs((await offsetOf(ahead.url)) - AHEAD_MS / 1000)).toBeLessThan(2);
    expect(Math.abs(await offsetOf(right.url))).toBeLessThan(2);
  });
});
