import { type Clock } from '../kernel/clock.ts';
import { BATCH_ROWS } from '../store/database/batch.ts';
import { type Database, query, type Db } from '../store/database/database.ts';
import type { Generation } from '../store/state_cache/state_cache.ts';
import { type AccessTokenClaims, OUTLIVED_SECONDS } from './access_token.ts';
import { type Revocation, RevocationEntity } from './revocation.entity.ts';

/** A denial of one token, or of all access tokens of a session or of a registered client. */
export interface Denial {
  readonly subject: `sid:${string}` | `jti:${string}` | `client:${string}`;
  /** The expiry of the last denied token. */
  readonly until: Date;
}

/** The claims that a token can be denied by. */
type TokenIds = Pick<AccessTokenClaims, 'jti' | 'sid' | 'clientId'>;

/**
 * Revoked sessions and tokens: a key that lives as long as the tokens would, and a row that survives the loss of the
 * key. A denial is announced as *pending* before its transaction commits, and published after the commit. A reader that
 * finds a pending denial asks PostgreSQL. So no committed denial is missed, and none that was rolled back stays.
 */
export interface Denylist {
  /** Returns the keys to look up for a token. */
  keys(token: TokenIds): readonly string[];
  /**
   * Returns whether the values found under {@link keys} deny the token.
   * @throws Refusal SERVICE_UNAVAILABLE
   */
  resolve(token: TokenIds, found: readonly (string | null)[]): Promise<boolean>;
  /**
   * Writes pending denials as the last step before the commit, and returns them as they stand. A denial that stood
   * longer before keeps its end.
   * @param generation the pinned generation; null if the next reader makes a new one
   * @throws Refusal SERVICE_UNAVAILABLE; then the transaction must not commit
   */
  announce(db: Db, generation: Generation | null, denials: readonly Denial[]): Promise<Denial[]>;
  /** Publishes the denials after the commit, in the same generation. */
  publish(generation: Generation | null, denials: readonly Denial[]): Promise<void>;
  /**
   * Returns the number of standing denials, counted up to {@link MOST_COUNTED}, because counting reads an index.
   * @throws Refusal SERVICE_UNAVAILABLE
   */
  count(): Promise<number>;
  /** Writes every current denial into a new generation of the state cache. */
  fill(db: Db, generation: Generation): Promise<void>;
}

/** The highest count. Larger numbers would not tell an operator more. */
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
  // The denial must stand for as long as the token may be accepted.
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

/**
 * Writes the rows as one JSON parameter: a statement takes at most 65,535 parameters, and an account can have more
 * sessions. The end of a denial never moves closer: a second denial of the same subject must not make denied tokens
 * valid.
 */
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

/** Yields the standing denials in batches. */
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
