import { type EventFilter, type EventPage, readEvents } from '../audit/read_events.ts';
import type { Parts } from './parts.ts';

/** A page of the audit log, newest first. Throws SERVICE_UNAVAILABLE. */
export type AuditLog = (filter: EventFilter) => Promise<EventPage>;

export function createAuditLog({ database }: Pick<Parts, 'database'>): AuditLog {
  return (filter) => database.read((db) => readEvents(db, filter));
}
