import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { RequestInfo } from '../../../src/kernel/request_info.ts';
import { SessionEntity } from '../../../src/sessions/session.entity.ts';
import { describeOnStores } from '../../support/instance.ts';
import { openSystem, type System } from './system.ts';

const PASSWORD = 'the password of the restored';
const BROWSER: RequestInfo = { address: '192.0.2.1', userAgent: 'Firefox', requestId: 'restored' };
const ELSEWHERE: RequestInfo = { address: '203.0.113.9', userAgent: 'curl', requestId: 'restored' };

describeOnStores('a session from an older backup', (stores) => {
  let system: System;
  beforeAll(async () => {
    system = await openSystem(stores);
  });
  afterAll(() => system.close());

  const rowOf = (id: string) => system.services.database.run((db) => db.findOneOrFail(SessionEntity, { id }));

  it.each([
    ['one generation later', 1],
    ['several generations later', 4],
  ])('takes a token of %s for no theft, and goes on with its own', async (_title, generations) => {
    await system.newUsers(1, PASSWORD);
    const other = (await system.login(0, PASSWORD, BROWSER, 0))!;
    const first = (await system.login(0, PASSWORD, BROWSER, 0))!;
    const backup = (await system.refresh(first.refreshToken, BROWSER, 0))!;
    const { id, ...saved } = await rowOf(system.idOf(backup.refreshToken));
    let ahead = backup;
    for (let n = 0; n < generations; n += 1) ahead = (await system.refresh(ahead.refreshToken, BROWSER, 0))!;
    await system.services.database.transaction((db) => db.nativeUpdate(SessionEntity, { id }, saved));

    for (const by of [BROWSER, ELSEWHERE]) {
      for (const replica of [0, 1]) expect(await system.refresh(ahead.refreshToken, by, replica)).toBeNull();
    }
    expect((await rowOf(id)).endedAt).toBeNull();
    expect(await system.whoIs(other.accessToken, 0)).toBe('active');
    expect(await system.whoIs(backup.accessToken, 1)).toBe('active');
    // Tokens from the backup work as they did then, and a theft of them is detected.
    expect(await system.refresh(backup.refreshToken, BROWSER, 1)).not.toBeNull();
    await system.elapse(10);
    expect(await system.refresh(first.refreshToken, ELSEWHERE, 0)).toBeNull();
    expect(await system.whoIs(other.accessToken, 0)).toBe('REVOKED');
  });
});
