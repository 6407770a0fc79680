import { type Clock } from '../kernel/clock.ts';
import type { Database, Session } from '../store/database.ts';
import type { KeyValue } from '../store/keyvalue.ts';
import { LEEWAY_SECONDS } from './access_token.ts';
import { RevocationEntity } from './revocation.entity.ts';

/** A session's access tokens, or one token, that must not count any more. */
export interface Denial {
  readonly subject: `sid:${string}` | `jti:${string}`;
  /** When the last token it speaks of expires by itself. */
  readonly until: Date;
}

/**
 * Revoked sessions and tokens: a key that lives as long as the tokens would, and a row that survives the key.
 * A denial is announced before its transaction commits, as *unsettled*, and settled after: a reader that finds an
 * unsettled one asks PostgreSQL, so nothing that committed is missed and nothing that was rolled back sticks.
 */
export interface Denylist {
  /** What must be looked up for a token. */
  keys(claims: { sid: string; jti: string }): readonly string[];
  /** Whether what was found under {@link keys} denies the token. Throws SERVICE_UNAVAILABLE. */
  resolve(claims: { sid: string; jti: string }, found: readonly (string | null)[]): Promise<boolean>;
  /** Last thing before the commit. Throws SERVICE_UNAVAILABLE: then nothing may commit. */
  announce(db: Session, denials: readonly Denial[]): Promise<void>;
  /** After the commit. */
  settle(denials: readonly Denial[]): Promise<void>;
  /** Fills the key-value store from the rows, before the first token is accepted. */
  load(): Promise<void>;
}

const UNSETTLED = '?';
const SETTLED = '1';

export function createDenylist(keyValue: KeyValue, database: Database, clock: Clock): Denylist {
  const key = (subject: string) => `deny:${subject}`;
  const subjects = ({ sid, jti }: { sid: string; jti: string }) => [`sid:${sid}`, `jti:${jti}`];
  // A token is accepted for the leeway after its end; so long must the denial stand.
  const remaining = (until: Date) => until.getTime() + LEEWAY_SECONDS * 1000 - clock();
  const write = async (denials: readonly Denial[], value: string) => {
    await Promise.all(
      denials
        .filter(({ until }) => remaining(until) > 0)
        .map(({ subject, until }) => keyValue.set(key(subject), value, remaining(until))),
    );
  };

  return {
    keys: (claims) => subjects(claims).map(key),

    async resolve(claims, found) {
      if (found.includes(SETTLED)) return true;
      if (found.every((value) => value === null)) return false;
      const rows = await database.read((db) => db.count(RevocationEntity, { subject: { $in: subjects(claims) } }));
      return rows > 0;
    },

    async announce(db, denials) {
      if (denials.length === 0) return;
      await db.upsertMany(
        RevocationEntity,
        denials.map(({ subject, until }) => ({
          subject,
          expiresAt: new Date(until.getTime() + LEEWAY_SECONDS * 1000),
        })),
      );
      await write(denials, UNSETTLED);
    },

    settle: (denials) => write(denials, SETTLED),

    async load() {
      const rows = await database.read((db) =>
        db.find(RevocationEntity, { expiresAt: { $gt: new Date(clock()) } }, { fields: ['subject', 'expiresAt'] }),
      );
      await Promise.all(
        rows.map(({ subject, expiresAt }) => keyValue.set(key(subject), SETTLED, expiresAt.getTime() - clock())),
      );
    },
  };
}
