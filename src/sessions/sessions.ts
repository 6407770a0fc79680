import { randomUUID } from 'node:crypto';
import { type FilterQuery, LockMode } from '@mikro-orm/core';
import { deriveKey, digest, seal, unseal } from '../kernel/secret.ts';
import type { Session as Db } from '../store/database.ts';
import type { RefreshToken, RefreshTokens } from './refresh_token.ts';
import { judge, type Presenter } from './rotation.ts';
import { type Session, SessionEntity } from './session.entity.ts';

export type EndedBy = 'logout' | 'password' | 'revoked' | 'disabled' | 'reuse' | 'deleted';

/** Where a sign-in or a refresh came from. */
export interface Device {
  readonly address: string;
  readonly userAgent: string | null;
}

export interface SessionTimes {
  readonly lifetimeSeconds: number;
  readonly graceSeconds: number;
  readonly accessTokenSeconds: number;
}

/** What came of showing a refresh token. A theft changes nothing yet: ending is the caller's, with every lock it takes. */
export type Rotation =
  | { readonly verdict: 'current' | 'repeated'; readonly session: Session; readonly token: RefreshToken }
  | { readonly verdict: 'stolen'; readonly session: Session }
  | { readonly verdict: 'unknown' };

export interface Sessions {
  /** Opens a session with its first refresh token. */
  start(db: Db, userId: string, device: Device, now: Date): { session: Session; token: RefreshToken };
  /** Shows a refresh token, under its session's lock. */
  rotate(db: Db, token: RefreshToken, device: Device, now: Date): Promise<Rotation>;
  /**
   * Ends the sessions of a user, or one of them, under their locks; answers those that were not over before. One that a
   * disabling ended is not over while its access tokens would count again once the account is enabled.
   */
  end(db: Db, which: { userId: string; except?: string } | { id: string }, by: EndedBy, now: Date): Promise<Session[]>;
  countActive(db: Db, now: Date): Promise<number>;
}

const AGENT_LENGTH = 512;

export function createSessions(tokens: RefreshTokens, times: SessionTimes): Sessions {
  /** Access tokens end with their session: past its end nothing would be left to revoke them by. */
  const accessExpiry = (now: Date, sessionEnd: Date) =>
    earlier(new Date(now.getTime() + times.accessTokenSeconds * 1000), sessionEnd);

  return {
    start(db, userId, device, now) {
      const token = tokens.mint(randomUUID(), 0);
      const expiresAt = new Date(now.getTime() + times.lifetimeSeconds * 1000);
      const session = db.create(SessionEntity, {
        id: token.sessionId,
        userId,
        generation: 0,
        tokenDigest: token.digest,
        parentDigest: null,
        sealedSuccessor: null,
        rotatedAt: null,
        rotatedByAddress: null,
        rotatedByAgent: null,
        address: device.address,
        userAgent: device.userAgent?.slice(0, AGENT_LENGTH) ?? null,
        createdAt: now,
        lastUsedAt: now,
        expiresAt,
        accessExpiresAt: accessExpiry(now, expiresAt),
        endedAt: null,
        endedBy: null,
      });
      db.persist(session);
      return { session, token };
    },

    async rotate(db, token, device, now) {
      const session = await db.findOne(
        SessionEntity,
        { id: token.sessionId },
        { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true },
      );
      if (!session) return { verdict: 'unknown' };
      const presenter = presenterOf(device);
      const verdict = judge(session, token, presenter, now, times.graceSeconds);
      switch (verdict) {
        case 'unknown':
          return { verdict };
        case 'stolen':
          return { verdict, session };
        case 'repeated': {
          const text = unseal(Buffer.from(session.sealedSuccessor!), successorKey(token)).toString();
          session.accessExpiresAt = later(session.accessExpiresAt, accessExpiry(now, session.expiresAt));
          return { verdict, session, token: tokens.parse(text)! };
        }
        case 'current': {
          const successor = tokens.mint(session.id, session.generation + 1);
          session.generation = successor.generation;
          session.tokenDigest = successor.digest;
          session.parentDigest = token.digest;
          // A stolen database opens nothing: the key is the parent itself, of which it has the digest alone.
          session.sealedSuccessor =
            times.graceSeconds > 0 ? seal(Buffer.from(successor.text), successorKey(token)) : null;
          session.rotatedAt = now;
          session.rotatedByAddress = presenter.address;
          session.rotatedByAgent = presenter.agent;
          session.lastUsedAt = now;
          session.accessExpiresAt = later(session.accessExpiresAt, accessExpiry(now, session.expiresAt));
          return { verdict, session, token: successor };
        }
      }
    },

    async end(db, which, by, now) {
      const filter: FilterQuery<Session> =
        'id' in which
          ? { id: which.id }
          : { userId: which.userId, ...(which.except === undefined ? {} : { id: { $ne: which.except } }) };
      const running: FilterQuery<Session> = { endedAt: null, expiresAt: { $gt: now } };
      const dormant: FilterQuery<Session> = { endedBy: 'disabled', accessExpiresAt: { $gt: now } };
      const ended = await db.find(
        SessionEntity,
        { $and: [filter, { $or: [running, dormant] }] },
        // In one order everywhere, so that two who end the same sessions never wait for each other in a circle.
        { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' }, refresh: true },
      );
      for (const session of ended) {
        session.endedAt = now;
        session.endedBy = by;
        session.sealedSuccessor = null;
      }
      return ended;
    },

    countActive: (db, now) => db.count(SessionEntity, { endedAt: null, expiresAt: { $gt: now } }),
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
