import { type EventFilter, type EventPage, readEvents } from '../../audit/read_events.ts';
import type { Services } from '../foundation/services.ts';

/** What to look for; `username` is a name as an admin types it, of an account or not. */
export interface AuditLogFilter extends Omit<EventFilter, 'names'> {
  readonly username?: string | undefined;
}

/** A page of the audit log, newest first. Throws SERVICE_UNAVAILABLE. */
export type AuditLog = (filter: AuditLogFilter) => Promise<EventPage>;

export function createAuditLog({ database, unknownNames }: Pick<Services, 'database' | 'unknownNames'>): AuditLog {
  return ({ username, ...filter }) => {
    // As typed, too: the ids of keys and the names of operators are in letters of both cases.
    const names =
      username === undefined ? undefined : [username, username.toLowerCase(), ...unknownNames.digests(username)];
    return database.run((db) => readEvents(db, { ...filter, names }));
  };
}
