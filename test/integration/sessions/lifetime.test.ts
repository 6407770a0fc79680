import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { FIRST_PARTY } from '../../../src/sessions/sessions.ts';
import type { Services } from '../../../src/application/foundation/services.ts';
import { OUTLIVED_SECONDS } from '../../../src/tokens/access_token.ts';
import { createUser } from '../../../src/users/users.ts';
import { describeOnStores } from '../../support/instance.ts';
import { openStores, type OpenStores, servicesOver } from '../../support/open_stores.ts';

const DEVICE = { address: '192.0.2.1', userAgent: null };
const SESSION = {
  grant: FIRST_PARTY,
  device: DEVICE,
  authentication: { at: new Date(), methods: ['pwd'], assurance: 1 },
};
/** The longest time without use in `servicesOver`, in seconds. */
const IDLE = 86_400;

describeOnStores('the end of a session', (stores) => {
  const now = new Date(Math.floor(Date.now() / 1000) * 1000);
  const at = (seconds: number) => new Date(now.getTime() + seconds * 1000);
  let open: OpenStores;
  let services: Services;
  let people = 0;
  beforeAll(async () => {
    open = await openStores(stores, () => now.getTime());
    services = await servicesOver(open, () => now.getTime());
  });
  afterAll(() => open.close());

  const NEAR = [-1, 0, 1];
  const moments = [null, -1].flatMap((ended) =>
    NEAR.flatMap((expires) => NEAR.map((idle) => ({ ended, expires, idle }))),
  );

  it.each(moments)('is the same for every question: %j', async ({ ended, expires, idle }) => {
    const { sessions, database } = services;
    const username = `person.${(people += 1)}`;
    const names = { username, email: `${username}@example.com`, fullName: null, role: 'user', passwordHash: 'none' };
    const before = await database.run((db) => sessions.countActive(db, now));
    const { session, token } = await database.transaction(async (db) => {
      const started = sessions.start(db, { ...SESSION, userId: (await createUser(db, names, now)).id }, now);
      const endedAt = ended === null ? null : at(ended);
      const times = {
        endedAt,
        expiresAt: at(expires),
        lastUsedAt: at(idle - IDLE),
        accessExpiresAt: at(-OUTLIVED_SECONDS),
      };
      Object.assign(started.session, times);
      return started;
    });
    const goesOn = ended === null && expires > 0 && idle > 0;

    expect(sessions.isRunning(session, now)).toBe(goesOn);
    expect(await database.run((db) => sessions.countActive(db, now))).toBe(before + (goesOn ? 1 : 0));
    expect(await database.run((db) => sessions.list(db, [session.userId], now))).toHaveLength(goesOn ? 1 : 0);
    // Rolled back, because the session is used for a refresh afterwards.
    const ending = database.transaction(async (db) => {
      throw new Error(`ended ${(await sessions.end(db, { id: session.id }, { by: 'logout', at: now })).length}`);
    });
    await expect(ending).rejects.toThrow(goesOn ? 'ended 1' : 'ended 0');
    const rotated = await database.transaction((db) => sessions.rotate(db, { token, clientId: null, device: DEVICE }));
    expect(rotated.verdict).toBe(goesOn ? 'current' : 'unknown');
  });

  it.each([
    { endedBy: null, access: 1 - OUTLIVED_SECONDS, ends: 1 },
    { endedBy: null, access: -OUTLIVED_SECONDS, ends: 0 },
    { endedBy: 'disabled', access: 1 - OUTLIVED_SECONDS, ends: 1 },
    { endedBy: 'disabled', access: -OUTLIVED_SECONDS, ends: 0 },
    { endedBy: 'logout', access: 600, ends: 0 },
  ])('is not all while an access token of it counts, or would again: %j', async ({ endedBy, access, ends }) => {
    const { sessions, database } = services;
    const username = `person.${(people += 1)}`;
    const names = { username, email: `${username}@example.com`, fullName: null, role: 'user', passwordHash: 'none' };
    const ended = await database.transaction(async (db) => {
      const { session } = sessions.start(db, { ...SESSION, userId: (await createUser(db, names, now)).id }, now);
      const endedAt = endedBy === null ? null : at(-1);
      Object.assign(session, { endedBy, endedAt, expiresAt: at(-1), accessExpiresAt: at(access) });
      await db.flush();
      return sessions.end(db, { id: session.id }, { by: 'revoked', at: now });
    });
    expect(ended).toHaveLength(ends);
  });

  it('is the end of its access tokens, whichever end is nearer', async () => {
    const { sessions, database } = services;
    const names = { username: 'late', email: 'late@example.com', fullName: null, role: 'user', passwordHash: 'none' };
    const { session, token } = await database.transaction(async (db) => {
      const started = sessions.start(db, { ...SESSION, userId: (await createUser(db, names, now)).id }, now);
      Object.assign(started.session, { expiresAt: at(600), accessExpiresAt: now });
      return started;
    });
    const rotated = await database.transaction((db) => sessions.rotate(db, { token, clientId: null, device: DEVICE }));
    expect(rotated).toMatchObject({ verdict: 'current', session: { id: session.id, accessExpiresAt: at(600) } });
  });
});
