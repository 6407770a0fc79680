import { LRUCache } from 'lru-cache';
import { record } from '../../audit/audit.ts';
import type { Invocation } from '../../kernel/actor.ts';
import { ClientEntity } from '../../clients/client.entity.ts';
import { type Session, SessionEntity } from '../../sessions/session.entity.ts';
import { isUuid } from '../../store/database/database.ts';
import { findUserById } from '../../users/users.ts';
import { checkAuthorityOver, may } from '../authentication/authority.ts';
import type { UnitOfWork } from '../foundation/unit_of_work.ts';
import type { Services } from '../foundation/services.ts';

/** A session as users see it: where it was opened, and when it was last used. */
export interface ListedSession extends Pick<Session, 'id' | 'createdAt' | 'lastUsedAt' | 'expiresAt' | 'address'> {
  readonly userAgent: string | null;
  /** The name of the registered client that holds the session; null for a direct sign-in. */
  readonly client: string | null;
}

/** The sessions of users. @throws SERVICE_UNAVAILABLE */
export interface OwnSessions {
  /** Returns the active sessions of each of these accounts, in their order, by one query. */
  listOf(userIds: readonly string[]): Promise<ListedSession[][]>;
  /** Returns the time of the sign-in of a session, by its id; null if the session does not exist any more. */
  signedInAt(id: string): Promise<Date | null>;
  /**
   * Ends one session and denies its access tokens: the actor's own, or any session for an actor with `users:write`.
   * Returns false alike for an unknown id and for another user's session, so that the result reveals no session.
   * @throws FORBIDDEN if the account's role has scopes that the actor lacks
   */
  revoke(id: string, by: Invocation): Promise<boolean>;
}

const REMEMBERED = 10_000;

type Read = Pick<Services, 'database' | 'sessions' | 'clock'>;

export function createOwnSessions(
  { database, sessions, clock, settings }: Read & Pick<Services, 'settings'>,
  unitOfWork: UnitOfWork,
): OwnSessions {
  // The time of a sign-in never changes.
  const beginnings = new LRUCache<string, Date>({ max: REMEMBERED });
  return {
    async signedInAt(id) {
      const known = beginnings.get(id);
      if (known) return known;
      const session = isUuid(id) ? await database.run((db) => db.findOne(SessionEntity, { id })) : null;
      if (session) beginnings.set(id, session.createdAt);
      return session?.createdAt ?? null;
    },

    listOf: createSessionLists({ database, sessions, clock }),

    async revoke(id, by) {
      const { actor } = by;
      const self = actor.kind === 'user' ? actor.userId : null;
      const which = may(actor, 'users:write') ? { id } : self === null ? null : { id, userId: self };
      if (which === null || !isUuid(id)) return false;
      return unitOfWork(async (db, effects) => {
        const at = new Date(clock());
        const [ended] = await sessions.end(db, which, { by: 'revoked', at });
        if (!ended) return false;
        const owner = await findUserById(db, ended.userId);
        if (owner && owner.id !== self) checkAuthorityOver(settings.roles, actor, owner.role);
        effects.denySessions([ended]);
        const subject = owner?.username ?? ended.userId;
        const detail = { session: id, by: 'revoked' };
        record(db, { type: 'session.ended', subject, detail, at }, by);
        return true;
      });
    },
  };
}

/** Creates {@link OwnSessions.listOf} alone, for readers that change nothing. */
export function createSessionLists({ database, sessions, clock }: Read): OwnSessions['listOf'] {
  return (userIds) =>
    database.run(async (db) => {
      const found = await sessions.list(db, userIds, new Date(clock()));
      const ids = new Set(found.flatMap(({ clientId }) => clientId ?? []));
      const clients = ids.size > 0 ? await db.find(ClientEntity, { id: { $in: [...ids] } }) : [];
      const names = new Map(clients.map(({ id, name }) => [id, name]));
      const listOf = (owner: string) =>
        found.filter(({ userId }) => userId === owner).map((session) => toListed(session, names));
      return userIds.map(listOf);
    });
}

/** Returns the public part of a session, without its digests. */
function toListed(session: Session, clients: ReadonlyMap<string, string>): ListedSession {
  const { id, createdAt, lastUsedAt, expiresAt, address, userAgent, clientId } = session;
  const client = clientId == null ? null : (clients.get(clientId) ?? null);
  return { id, createdAt, lastUsedAt, expiresAt, address, userAgent: userAgent ?? null, client };
}
