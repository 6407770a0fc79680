import { type EventFilter, type EventPage, readEvents } from '../../audit/read_events.ts';
import type { Services } from '../foundation/services.ts';

/** The filter of the audit log. `username` is a name as typed by an admin, with or without an account. */
export interface AuditLogFilter extends Omit<EventFilter, 'names'> {
  readonly username?: string | undefined;
}

/** Returns a page of the audit log, newest first. @throws SERVICE_UNAVAILABLE */
export type AuditLog = (filter: AuditLogFilter) => Promise<EventPage>;

export function createAuditLog({ database, unknownNames }: Pick<Services, 'database' | 'unknownNames'>): AuditLog {
  return ({ username, ...filter }) => {
    // Also as typed, because the ids of keys and the names of operators have letters of both cases.
    const names =
      username === undefined ? undefined : [username, username.toLowerCase(), ...unknownNames.digests(username)];
    return database.run((db) => readEvents(db, { ...filter, names }));
  };
}
