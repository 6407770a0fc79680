import { record } from '../../audit/audit.ts';
import { clientName, type Invocation } from '../../kernel/actor.ts';
import type { Client } from '../../clients/client.entity.ts';
import { addClient, findClient, listClients, lockClient, type NewClient, proves } from '../../clients/clients.ts';
import { checkAuthority } from '../authentication/authority.ts';
import type { UnitOfWork } from '../foundation/unit_of_work.ts';
import type { Services } from '../foundation/services.ts';

/** The registered clients. @throws SERVICE_UNAVAILABLE if a store is away */
export interface Clients {
  /** Registers a client. @throws BAD_USER_INPUT, and FORBIDDEN for a scope that the actor's token lacks */
  create(input: NewClient, by: Invocation): Promise<{ client: Client; secret: string | null }>;
  list(): Promise<Client[]>;
  /** Removes a client, ends its sessions and denies its tokens. @returns whether there was such a client */
  remove(id: string, by: Invocation): Promise<boolean>;
  find(id: string): Promise<Client | null>;
  /** Authenticates a client (RFC 6749 section 2.3). @param secret null for a public client. @returns null on failure */
  prove(id: string, secret: string | null): Promise<Client | null>;
}

/** Seconds, longer than any request takes. */
const IN_FLIGHT_SECONDS = 60;

export function createClients({ database, sessions, accessTokens, clock }: Services, unitOfWork: UnitOfWork): Clients {
  return {
    create: (input, by) =>
      database.transaction(async (db) => {
        const at = new Date(clock());
        const made = addClient(db, input, at);
        checkAuthority(by.actor, made.client.scopes);
        const detail = { name: made.client.name, public: made.secret === null };
        record(db, { type: 'client.created', subject: clientName(made.client.id), detail, at }, by);
        return made;
      }),

    list: () => database.run(listClients),

    remove: (id, by) =>
      unitOfWork(async (db, effects) => {
        const client = await lockClient(db, id);
        if (!client) return false;
        const at = new Date(clock());
        client.removedAt = at;
        const ended = await sessions.end(db, { clientId: client.id }, { by: 'client', at });
        // A request that began before may sign its token a moment later.
        const until = new Date(at.getTime() + (accessTokens.lifetime + IN_FLIGHT_SECONDS) * 1000);
        effects.deny({ subject: `client:${client.id}`, until });
        const detail = { name: client.name, sessionsEnded: ended.length };
        record(db, { type: 'client.removed', subject: clientName(client.id), detail, at }, by);
        return true;
      }),

    find: (id) => database.run((db) => findClient(db, id)),

    async prove(id, secret) {
      const client = await database.run((db) => findClient(db, id));
      return client && proves(client, secret) ? client : null;
    },
  };
}
