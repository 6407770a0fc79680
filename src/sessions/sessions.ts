import { randomUUID } from 'node:crypto';
import { type FilterQuery, LockMode } from '@mikro-orm/core';
import { deriveKey, digest, equal, seal, unseal } from '../kernel/secret.ts';
import { query, type Db } from '../store/database/database.ts';
import { createDatabaseTime, type DatabaseTime } from '../store/database/database_time.ts';
import { type Advanced, advance, type Successor } from './advance.ts';
import { type Ended, type EndedBy, endSessions, type Which } from './end.ts';
import { endOf, isRunning, running, secondsBefore, type SessionTimes } from './lifetime.ts';
import { createSessionPurge, type SessionPurge } from './purge.ts';
import type { RefreshToken, RefreshTokens } from './refresh_token.ts';
import { isSamePresenter, judgeRotation, type Presenter } from './rotation.ts';
import { type Session, SessionEntity } from './session.entity.ts';

/** Where a sign-in or a refresh came from. */
export interface Device {
  readonly address: string;
  readonly userAgent: string | null;
}

/** What a session was granted: to whom, and how much of what the role has. */
export interface Grant {
  /** The registered client its tokens are bound to; null without one. */
  readonly clientId: string | null;
  /** Space-separated; null: all that the role has, whatever it is by then. */
  readonly scope: string | null;
}

/** A first-party sign-in: no client, all scopes of the role. */
export const FIRST_PARTY: Grant = { clientId: null, scope: null };

/**
 * The result of showing a refresh token: a {@link judgeRotation}'s verdict, or `late` for a used one of a session that is over.
 * A `doubtful` or `stolen` one changes nothing yet: the caller ends what has to end, with every lock it takes.
 */
export type Rotation =
  | {
      readonly verdict: 'current' | 'repeated' | 'retried';
      readonly session: Session;
      readonly token: RefreshToken;
      /** Whether this presenter shares neither the address nor the user agent of the one before. */
      readonly isElsewhere: boolean;
      /** When, by PostgreSQL's clock. */
      readonly at: Date;
    }
  | { readonly verdict: 'doubtful' | 'stolen'; readonly session: Session }
  | { readonly verdict: 'late'; readonly session: Session }
  | { readonly verdict: 'unknown' };

/** A refresh token, the registered client that shows it (null without one), and from where. */
export interface ShownRefreshToken {
  readonly token: RefreshToken;
  readonly clientId: string | null;
  readonly device: Device;
}

/** The proof that a session was opened on. */
export interface SessionAuthentication {
  /** The time of the last step. */
  readonly at: Date;
  /** The methods that were proven (RFC 8176). */
  readonly methods: readonly string[];
  /** 1 for one factor, 2 for two. */
  readonly assurance: number;
}

/** A session to be opened. */
export interface NewSession {
  readonly userId: string;
  readonly grant: Grant;
  readonly device: Device;
  readonly authentication: SessionAuthentication;
}

export interface Sessions {
  /** Opens a session with its first refresh token. */
  start(db: Db, session: NewSession, now: Date): { session: Session; token: RefreshToken };
  /**
   * Sets a session aside for an authorization code: it counts for nothing until {@link activate}, and is over at
   * `until`; whatever ends the person's sessions before that ends it too.
   */
  reserve(db: Db, session: NewSession & { readonly until: Date }, now: Date): Session;
  /** Opens a reserved session, whose lock the caller holds, with its first refresh token and its full lifetime. */
  activate(session: Session, now: Date): RefreshToken;
  /** The session under its row's lock, as it is now; null where there is none. */
  lock(db: Db, id: string): Promise<Session | null>;
  /** The session that a refresh token is or was one of, under its row's lock; null where it is none of any. */
  lockOf(db: Db, token: RefreshToken): Promise<Session | null>;
  /** Shows a refresh token that is probably current: what came of it, with its successor, or null for {@link rotate}. */
  advance(db: Db, shown: ShownRefreshToken): Promise<(Advanced & { token: RefreshToken }) | null>;
  /** Shows a refresh token, under its session's lock. One of another client's is `unknown`. */
  rotate(db: Db, shown: ShownRefreshToken): Promise<Rotation>;
  /** Ends sessions, under their locks, and returns those that were not over before: see {@link endSessions}. */
  end(db: Db, which: Which, by: EndedBy, now: Date): Promise<Ended[]>;
  /**
   * Makes room for one more session of an account whose lock the caller holds, within `SESSIONS_PER_ACCOUNT`: ends those
   * that were not used for the longest time, and returns them.
   */
  makeRoom(db: Db, userId: string, now: Date): Promise<Ended[]>;
  countActive(db: Db, now: Date): Promise<number>;
  /** The sessions of these people that go on, those used last first; at most {@link LISTED} of each. */
  list(db: Db, userIds: readonly string[], now: Date): Promise<Session[]>;
  /** Whether a session goes on. */
  isRunning(session: Session, now: Date): boolean;
  readonly purge: SessionPurge;
}

/** Nobody reads longer lists, and whoever signs in a million times must not fill an admin's page, or our memory. */
const LISTED = 100;

const AGENT_LENGTH = 512;
/** The generation of a session that waits for its code: below that of every refresh token there can be. */
const RESERVED = -1;

/** Sessions that were activated: one that waits for its code is nobody's yet. */
const ACTIVATED: FilterQuery<Session> = { generation: { $gt: RESERVED } };

/** Whether the session still waits for its authorization code. */
export function isReserved(session: Pick<Session, 'generation'>): boolean {
  return session.generation === RESERVED;
}

/** @param time what rotation is judged by; PostgreSQL's clock, which all replicas share, unless a test moves it */
export function createSessions(
  tokens: RefreshTokens,
  times: SessionTimes,
  time: DatabaseTime = createDatabaseTime(),
): Sessions {
  /** Access tokens end with their session: past its end nothing would be left to revoke them by. */
  const accessExpiry = (now: Date, session: Pick<Session, 'expiresAt' | 'lastUsedAt'>) =>
    earlier(new Date(now.getTime() + times.accessTokenSeconds * 1000), endOf(session, times));

  const start: Sessions['start'] = (db, { userId, grant, device, authentication }, now) => {
    const token = tokens.mint(randomUUID(), 0);
    const expiresAt = new Date(now.getTime() + times.lifetimeSeconds * 1000);
    const session = db.create(SessionEntity, {
      id: token.sessionId,
      userId,
      clientId: grant.clientId,
      scope: grant.scope,
      generation: 0,
      tokenDigest: token.digest,
      parentDigest: null,
      sealedSuccessor: null,
      rotatedAt: null,
      parentUsedAt: null,
      rotatedByAddress: null,
      rotatedByAgent: null,
      address: device.address,
      userAgent: device.userAgent?.slice(0, AGENT_LENGTH) ?? null,
      authenticatedAt: authentication.at,
      amr: authentication.methods.join(' '),
      acr: authentication.assurance,
      createdAt: now,
      lastUsedAt: now,
      expiresAt,
      accessExpiresAt: accessExpiry(now, { expiresAt, lastUsedAt: now }),
      endedAt: null,
      endedBy: null,
    });
    db.persist(session);
    return { session, token };
  };

  /** @param generation the session's: ahead of its parent's where an unused successor is replaced */
  function succeed(parent: RefreshToken, generation: number): Successor {
    const token = tokens.mint(parent.sessionId, generation + 1);
    // A stolen database opens nothing: the key is the parent itself, of which it has the digest alone.
    const sealed = times.graceSeconds > 0 ? seal(Buffer.from(token.text), successorKey(parent)) : null;
    return { token, sealed };
  }

  const lock: Sessions['lock'] = (db, id) =>
    db.findOne(SessionEntity, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true });

  return {
    start,
    lock,

    reserve(db, { until, ...reserved }, now) {
      // Its first refresh token is never given out.
      const { session } = start(db, reserved, now);
      session.generation = RESERVED;
      session.expiresAt = until;
      session.accessExpiresAt = now;
      return session;
    },

    activate(session, now) {
      const token = tokens.mint(session.id, 0);
      session.generation = token.generation;
      session.tokenDigest = token.digest;
      session.lastUsedAt = now;
      session.expiresAt = new Date(now.getTime() + times.lifetimeSeconds * 1000);
      session.accessExpiresAt = accessExpiry(now, session);
      return token;
    },

    async lockOf(db, token) {
      const session = await lock(db, token.sessionId);
      const isOwn = token.genuine || (session && equal(token.digest, Buffer.from(session.tokenDigest)));
      return isOwn ? session : null;
    },

    async advance(db, { token, clientId, device }) {
      const successor = succeed(token, token.generation);
      const shown = { token, clientId, presenter: presenterOf(device) };
      const advanced = await advance(db, shown, { successor, times, time });
      return advanced && { ...advanced, token: successor.token };
    },

    async rotate(db, { token, clientId, device }) {
      const session = await lock(db, token.sessionId);
      if (!session || (session.clientId ?? null) !== clientId) return { verdict: 'unknown' };
      // Under the lock: a request that waited for it must not look older than what it waited for.
      const at = await time.now(db);
      if (!isRunning(session, at, times)) {
        const isReplay = token.genuine && token.generation < session.generation;
        return isReplay ? { verdict: 'late', session } : { verdict: 'unknown' };
      }
      const presenter = presenterOf(device);
      const verdict = judgeRotation(session, token, { presenter, at, times });
      if (verdict === 'unknown') return { verdict };
      if (verdict === 'stolen' || verdict === 'doubtful') return { verdict, session };

      const isElsewhere = !isSamePresenter(session, presenter);
      session.rotatedByAddress = presenter.address;
      session.rotatedByAgent = presenter.agent;
      if (verdict === 'repeated') {
        session.accessExpiresAt = later(session.accessExpiresAt, accessExpiry(at, session));
        const text = unseal(Buffer.from(session.sealedSuccessor!), successorKey(token)).toString();
        return { verdict, session, token: tokens.parse(text)!, isElsewhere, at };
      }
      const { token: successor, sealed } = succeed(token, session.generation);
      session.generation = successor.generation;
      session.tokenDigest = successor.digest;
      session.parentDigest = token.digest;
      session.sealedSuccessor = sealed;
      // A row of an earlier release does not say it.
      session.parentUsedAt = verdict === 'current' ? at : (session.parentUsedAt ?? session.rotatedAt ?? null);
      session.rotatedAt = at;
      session.lastUsedAt = at;
      session.accessExpiresAt = later(session.accessExpiresAt, accessExpiry(at, session));
      return { verdict, session, token: successor, isElsewhere, at };
    },

    end: (db, which, by, now) => endSessions(db, which, { by, now, times }),

    makeRoom: (db, userId, now) =>
      endSessions(db, { userId, beyond: times.perAccount - 1 }, { by: 'limit', now, times }),

    countActive: (db, now) => db.count(SessionEntity, { $and: [ACTIVATED, running(now, times)] }),

    async list(db, userIds, now) {
      if (userIds.length === 0) return [];
      // Of each: whoever has thousands must not push the sessions of others off an admin's page.
      const newest = await query<{ id: string }>(
        db,
        `select id from (
           select id, row_number() over (partition by user_id order by last_used_at desc, id) as place
           from sessions
           where user_id in (${userIds.map(() => '?').join(', ')})
             and ended_at is null and expires_at > ? and last_used_at > ? and generation > ?
         ) s where place <= ?`,
        [...userIds, now, secondsBefore(now, times.idleSeconds), RESERVED, LISTED],
      );
      return db.find(
        SessionEntity,
        { id: { $in: newest.map(({ id }) => id) } },
        { orderBy: [{ lastUsedAt: 'desc' }, { id: 'asc' }] },
      );
    },

    isRunning: (session, now) => isRunning(session, now, times),
    purge: createSessionPurge(times),
  };
}

function presenterOf(device: Device): Presenter {
  return { address: device.address, agent: device.userAgent ? digest(device.userAgent) : null };
}

function successorKey(parent: RefreshToken): Buffer {
  return deriveKey(parent.text, 'successor');
}

function earlier(a: Date, b: Date): Date {
  return a < b ? a : b;
}

function later(a: Date, b: Date): Date {
  return a > b ? a : b;
}
