import { randomUUID } from 'node:crypto';
import { type FilterQuery, LockMode } from '@mikro-orm/core';
import { deriveKey, digest, equal, seal, unseal } from '../kernel/secret.ts';
import { query, type Db } from '../store/database/database.ts';
import { createDatabaseTime, type DatabaseTime } from '../store/database/database_time.ts';
import { type Advanced, advance, type Successor } from './advance.ts';
import { type Ended, type Ending, endSessions, type Which } from './end.ts';
import { endOf, isRunning, running, secondsBefore, type SessionTimes } from './lifetime.ts';
import { createSessionPurge, type SessionPurge } from './purge.ts';
import type { RefreshToken, RefreshTokens } from './refresh_token.ts';
import { isSamePresenter, judgeRotation, type Presenter } from './rotation.ts';
import { type Session, SessionEntity } from './session.entity.ts';

/** The origin of a sign-in or a refresh. */
export interface Device {
  readonly address: string;
  readonly userAgent: string | null;
}

/** The grant of a session: its client and its scopes. */
export interface Grant {
  /** The registered client its tokens are bound to; null for a first-party sign-in. */
  readonly clientId: string | null;
  /** Space-separated; null for all scopes that the role has at the time of use. */
  readonly scope: string | null;
}

/** The grant of a first-party sign-in: no client, all scopes of the role. */
export const FIRST_PARTY: Grant = { clientId: null, scope: null };

/**
 * The result of presenting a refresh token: the verdict of {@link judgeRotation}, or `late` for a used token of a
 * session that is over. A `doubtful` or `stolen` token changes nothing yet: the caller ends the sessions, and takes all
 * locks for that.
 */
export type Rotation =
  | {
      readonly verdict: 'current' | 'repeated' | 'retried';
      readonly session: Session;
      readonly token: RefreshToken;
      /** True if this presenter has neither the address nor the user agent of the last one. */
      readonly isElsewhere: boolean;
      /** The time of the rotation, by PostgreSQL's clock. */
      readonly at: Date;
    }
  | { readonly verdict: 'doubtful' | 'stolen'; readonly session: Session }
  | { readonly verdict: 'late'; readonly session: Session }
  | { readonly verdict: 'unknown' };

/** A presented refresh token, its registered client (null without one), and its origin. */
export interface ShownRefreshToken {
  readonly token: RefreshToken;
  readonly clientId: string | null;
  readonly device: Device;
}

/** The last authentication of a session's user. */
export interface SessionAuthentication {
  /** The time of the last step. */
  readonly at: Date;
  /** The methods of authentication (RFC 8176). */
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
   * Creates a session for an authorization code. It has no effect until {@link activate}, and expires at `until`.
   * Whatever ends the user's sessions before that ends it as well.
   */
  reserve(db: Db, session: NewSession & { readonly until: Date }, now: Date): Session;
  /**
   * Opens a reserved session, with its first refresh token and its full lifetime. The caller holds the session's lock.
   */
  activate(session: Session, now: Date): RefreshToken;
  /**
   * Notes a repeated authentication, for an access token that is issued at its time. The caller holds the session's
   * lock.
   */
  reauthenticate(session: Session, authentication: SessionAuthentication): void;
  /** Locks a session's row and returns it as it is now; null if it does not exist. */
  lock(db: Db, id: string): Promise<Session | null>;
  /** Locks and returns the session that a current or former refresh token belongs to; null if there is none. */
  lockOf(db: Db, token: RefreshToken): Promise<Session | null>;
  /**
   * Replaces a refresh token that is probably current. Returns null if that is not a plain refresh: then call {@link
   * rotate}.
   */
  advance(db: Db, shown: ShownRefreshToken): Promise<(Advanced & { token: RefreshToken }) | null>;
  /** Judges and rotates a refresh token under its session's lock. A token of another client is `unknown`. */
  rotate(db: Db, shown: ShownRefreshToken): Promise<Rotation>;
  /** Ends sessions under their locks, and returns those that were not over before: see {@link endSessions}. */
  end(db: Db, which: Which, ending: Ending): Promise<Ended[]>;
  /**
   * Makes room for one more session of an account within `SESSIONS_PER_ACCOUNT`: ends the sessions that were unused for
   * longest, and returns them. The caller holds the account's lock.
   */
  makeRoom(db: Db, userId: string, now: Date): Promise<Ended[]>;
  countActive(db: Db, now: Date): Promise<number>;
  /** Returns the active sessions of these users, most recently used first; at most {@link LISTED} for each user. */
  list(db: Db, userIds: readonly string[], now: Date): Promise<Session[]>;
  /** Returns whether a session is active. */
  isRunning(session: Session, now: Date): boolean;
  readonly purge: SessionPurge;
}

/**
 * The most listed sessions of a user. Threat: a script with a million sign-ins must not fill an admin's page, or
 * memory.
 */
const LISTED = 100;

const AGENT_LENGTH = 512;
/** The generation of a session that waits for its code, below that of every refresh token. */
const RESERVED = -1;

/** Selects activated sessions; one that waits for its code is not in use yet. */
const ACTIVATED: FilterQuery<Session> = { generation: { $gt: RESERVED } };

/** Returns whether the session waits for its authorization code. */
export function isReserved(session: Pick<Session, 'generation'>): boolean {
  return session.generation === RESERVED;
}

/**
 * Creates the sessions.
 * @param time the clock for rotation: PostgreSQL's clock, which all replicas share, unless a test replaces it
 */
export function createSessions(
  tokens: RefreshTokens,
  times: SessionTimes,
  time: DatabaseTime = createDatabaseTime(),
): Sessions {
  /** Access tokens end with their session: past its end, there would be no session to revoke them by. */
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

  /** @param generation the session's; it is ahead of the parent's if an unused successor is replaced */
  function succeed(parent: RefreshToken, generation: number): Successor {
    const token = tokens.mint(parent.sessionId, generation + 1);
    // Threat: a stolen database. The key is the parent token, and the database holds only its digest.
    const sealed = times.graceSeconds > 0 ? seal(Buffer.from(token.text), successorKey(parent)) : null;
    return { token, sealed };
  }

  const lock: Sessions['lock'] = (db, id) =>
    db.findOne(SessionEntity, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true });

  return {
    start,
    lock,

    reserve(db, { until, ...reserved }, now) {
      // The first refresh token is never given out.
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

    reauthenticate(session, { at, methods, assurance }) {
      session.authenticatedAt = at;
      session.amr = methods.join(' ');
      session.acr = assurance;
      session.lastUsedAt = later(session.lastUsedAt, at);
      session.accessExpiresAt = later(session.accessExpiresAt, accessExpiry(at, session));
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
      // Read under the lock: a request that waited for it must not appear older than the request it waited for.
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
      // Rows of an earlier release do not have it.
      session.parentUsedAt = verdict === 'current' ? at : (session.parentUsedAt ?? session.rotatedAt ?? null);
      session.rotatedAt = at;
      session.lastUsedAt = at;
      session.accessExpiresAt = later(session.accessExpiresAt, accessExpiry(at, session));
      return { verdict, session, token: successor, isElsewhere, at };
    },

    end: (db, which, { by, at }) => endSessions(db, which, { by, now: at, times }),

    makeRoom: (db, userId, now) =>
      endSessions(db, { userId, beyond: times.perAccount - 1 }, { by: 'limit', now, times }),

    countActive: (db, now) => db.count(SessionEntity, { $and: [ACTIVATED, running(now, times)] }),

    async list(db, userIds, now) {
      if (userIds.length === 0) return [];
      // Limits the list per user, so that one user with thousands of sessions cannot hide the others.
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
