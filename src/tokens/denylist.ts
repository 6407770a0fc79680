import { type Clock } from '../kernel/clock.ts';
import { BATCH_ROWS } from '../store/database/batch.ts';
import { type Database, query, type Db } from '../store/database/database.ts';
import type { Generation } from '../store/state_cache/state_cache.ts';
import { type Claims, OUTLIVED_SECONDS } from './access_token.ts';
import { type Revocation, RevocationEntity } from './revocation.entity.ts';

/** A session's access tokens, a registered client's, or one token, that must not count any more. */
export interface Denial {
  readonly subject: `sid:${string}` | `jti:${string}` | `client:${string}`;
  /** When the last token it speaks of expires by itself. */
  readonly until: Date;
}

/** What a token can be denied by. */
type TokenIds = Pick<Claims, 'jti' | 'sid' | 'clientId'>;

/**
 * Revoked sessions and tokens: a key that lives as long as the tokens would, and a row that survives the key.
 * A denial is announced as *pending* before its transaction commits, and published after: a reader that finds a
 * pending one asks PostgreSQL, so nothing that committed is missed and nothing that was rolled back sticks.
 */
export interface Denylist {
  /** What must be looked up for a token. */
  keys(token: TokenIds): readonly string[];
  /** Whether what was found under {@link keys} denies the token. Throws SERVICE_UNAVAILABLE. */
  resolve(token: TokenIds, found: readonly (string | null)[]): Promise<boolean>;
  /**
   * Last thing before the commit; answers the denials as they stand, those that stood longer already with their own
   * end. Throws SERVICE_UNAVAILABLE: then nothing may commit.
   * @param generation the pinned generation; null where the next reader makes a new one
   */
  announce(db: Db, generation: Generation | null, denials: readonly Denial[]): Promise<Denial[]>;
  /** Publishes the denials after the commit, in the same generation. */
  publish(generation: Generation | null, denials: readonly Denial[]): Promise<void>;
  /** How many denials stand, counted up to {@link MOST_COUNTED}: an index is read for it. Throws SERVICE_UNAVAILABLE. */
  count(): Promise<number>;
  /** Writes every current denial into a new generation of the state cache. */
  fill(db: Db, generation: Generation): Promise<void>;
}

/** Where a number is looked at, more is as bad. */
const MOST_COUNTED = 100_000;
const PENDING = '?';
const PUBLISHED = '1';

export function createDenylist(database: Pick<Database, 'run'>, clock: Clock): Denylist {
  const key = (subject: string) => `deny:${subject}`;
  const subjects = ({ jti, sid, clientId }: TokenIds) => [
    `jti:${jti}`,
    ...(sid === undefined ? [] : [`sid:${sid}`]),
    ...(clientId === undefined ? [] : [`client:${clientId}`]),
  ];
  // As long as the token may be accepted the denial must stand.
  const remaining = (until: Date) => until.getTime() + OUTLIVED_SECONDS * 1000 - clock();
  const write = async (generation: Generation | null, denials: readonly Denial[], value: string) => {
    const standing = denials.filter(({ until }) => remaining(until) > 0);
    await generation?.setMany(
      standing.map(({ subject, until }) => ({ key: key(subject), value, ttlMs: remaining(until) })),
    );
  };

  return {
    keys: (claims) => subjects(claims).map(key),

    async resolve(claims, found) {
      if (found.includes(PUBLISHED)) return true;
      if (found.every((value) => value === null)) return false;
      const rows = await database.run((db) => db.count(RevocationEntity, { subject: { $in: subjects(claims) } }));
      return rows > 0;
    },

    async announce(db, generation, denials) {
      const needed = denials.filter(({ until }) => remaining(until) > 0);
      if (needed.length === 0) return [];
      const standing = await keep(db, needed);
      await write(generation, standing, PENDING);
      return standing;
    },

    publish: (generation, denials) => write(generation, denials, PUBLISHED),

    async count() {
      const [row] = await database.run((db) =>
        query<{ entries: number }>(
          db,
          `select count(*)::int as entries from (select 1 from revocations where expires_at > ? limit ?) as standing`,
          [new Date(clock()), MOST_COUNTED],
        ),
      );
      return row?.entries ?? 0;
    },

    async fill(db, generation) {
      for await (const rows of standingRows(db, new Date(clock()))) {
        await generation.setMany(
          rows.map(({ subject, expiresAt }) => ({
            key: key(subject),
            value: PUBLISHED,
            ttlMs: expiresAt.getTime() - clock(),
          })),
        );
      }
    },
  };
}

/** Writes the rows, with one parameter: a statement takes 65,535, and an account can have more sessions. A denial only ever gets longer: another of the same subject must not bring back what it denied. */
async function keep(db: Db, denials: readonly Denial[]): Promise<Denial[]> {
  const rows = await query<{ subject: Denial['subject']; expires_at: string | Date }>(
    db,
    `insert into revocations (subject, expires_at)
     select subject, expires_at from json_to_recordset(?::json) as denial (subject text, expires_at timestamptz)
     on conflict (subject) do update set expires_at = greatest(revocations.expires_at, excluded.expires_at)
     returning subject, expires_at`,
    [JSON.stringify(denials.map(({ subject, until }) => ({ subject, expires_at: standsUntil(until) })))],
  );
  return rows.map(({ subject, expires_at }) => ({
    subject,
    until: new Date(new Date(expires_at).getTime() - OUTLIVED_SECONDS * 1000),
  }));
}

function standsUntil(until: Date): Date {
  return new Date(until.getTime() + OUTLIVED_SECONDS * 1000);
}

/** The denials that stand, a batch at a time. */
async function* standingRows(db: Db, now: Date): AsyncGenerator<Revocation[]> {
  for (let after = ''; ;) {
    const where = { expiresAt: { $gt: now }, subject: { $gt: after } };
    const rows = await db.find(RevocationEntity, where, { orderBy: { subject: 'asc' }, limit: BATCH_ROWS });
    const last = rows.at(-1);
    if (!last) return;
    yield rows;
    after = last.subject;
  }
}
