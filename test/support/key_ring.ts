import { randomUUID } from 'node:crypto';
import { createSigningKeys } from '../../src/application/foundation/signing_keys.ts';
import { query } from '../../src/store/database/database.ts';
import { createAccessTokens } from '../../src/tokens/access_token.ts';
import type { JwsAlgorithm } from '../../src/kernel/jws.ts';
import { openKeys } from '../../src/keys/keys.ts';
import { SigningKeyEntity } from '../../src/keys/signing_key.entity.ts';
import type { Stores } from './instance.ts';
import { openStores, type OpenStores, SECRET } from './open_stores.ts';

export const NEW_SECRET = 'the secret that replaces the leaked one';
export const TOKENS = { accessTokenSeconds: 1800, issuer: 'https://auth.example', audience: 'gatehouse' };
const SESSION_MS = 86_400_000;

/** Creates the signing keys of one database, with a clock that the test moves. */
export function createKeyRing(stores: Stores) {
  let now = Date.now();
  const clock = () => now;
  let open: OpenStores;
  const manage = (algorithm: JwsAlgorithm = 'ES256', secrets: readonly string[] = [SECRET]) =>
    createSigningKeys({ database: open.database, clock }, { secrets, algorithm });

  return {
    clock,
    later: (seconds: number) => void (now += seconds * 1000),
    moveTo: (time: number) => void (now = time),
    get database() {
      return open.database;
    },
    async open() {
      open = await openStores(stores, clock);
    },
    /** Removes every key. */
    clear: () =>
      open.database.transaction(async (db) => {
        await db.nativeDelete(SigningKeyEntity, {});
        await query(db, 'delete from shared_keys', []);
      }),
    close: () => open.close(),
    manage,

    /** Starts a replica. */
    async start(algorithm: JwsAlgorithm = 'ES256', secrets: readonly string[] = [SECRET], database = open.database) {
      await manage(algorithm, secrets).prepare();
      const keys = await openKeys(database, { secrets, algorithm }, clock);
      const tokens = createAccessTokens(keys, TOKENS, clock);
      const subject = { sub: 'kandi', role: 'user', sid: randomUUID(), scope: 'account', narrowed: true as const };
      return {
        keys,
        sign: async () => (await tokens.issue(subject, new Date(now), new Date(now + SESSION_MS))).token,
        /** Returns true, or the reason why a token is refused. */
        accepts: (token: string) =>
          tokens.verify(token).then(
            () => true,
            (error: Error & { reason?: string }) => error.reason ?? Promise.reject(error),
          ),
        published: () => keys.jwks.keys.map(({ kid }) => kid),
      };
    },
  };
}
