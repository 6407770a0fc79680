import type { FilterQuery } from '@mikro-orm/core';
import type { Db } from '../store/database/database.ts';
import type { AuditType } from './audit.ts';
import { type AuditEvent, AuditEventEntity } from './audit_event.entity.ts';

/** A place in the log. Older events follow it, even if new ones arrive meanwhile. */
export type EventCursor = Pick<AuditEvent, 'at' | 'id'>;

export interface EventFilter {
  readonly first: number;
  readonly after?: EventCursor | undefined;
  /** The actor or the subject is one of these names. */
  readonly names?: readonly string[] | undefined;
  readonly type?: AuditType | undefined;
  /** The client's address, exactly as recorded. */
  readonly address?: string | undefined;
  /** Inclusive. */
  readonly from?: Date | undefined;
  /** Exclusive. */
  readonly to?: Date | undefined;
}

export interface EventPage {
  readonly events: readonly AuditEvent[];
  readonly hasNext: boolean;
}

/** Returns a page of the log, newest first. */
export async function readEvents(db: Db, filter: EventFilter): Promise<EventPage> {
  const { first, after, names = [], type, address, from, to } = filter;
  const where: FilterQuery<AuditEvent>[] = [
    ...(after ? [{ $or: [{ at: { $lt: after.at } }, { at: after.at, id: { $gt: after.id } }] }] : []),
    ...(names.length === 0 ? [] : [{ $or: [{ actor: { $in: [...names] } }, { subject: { $in: [...names] } }] }]),
    ...(type === undefined ? [] : [{ type }]),
    ...(address === undefined ? [] : [{ address }]),
    ...(from === undefined ? [] : [{ at: { $gte: from } }]),
    ...(to === undefined ? [] : [{ at: { $lt: to } }]),
  ];
  const events = await db.find(
    AuditEventEntity,
    { $and: where },
    // The order of the index: a page reads only its rows, whatever the length of the log.
    { orderBy: [{ at: 'desc' }, { id: 'asc' }], limit: first + 1 },
  );
  return { events: events.slice(0, first), hasNext: events.length > first };
}
