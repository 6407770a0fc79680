import type { FilterQuery } from '@mikro-orm/core';
import type { Db } from '../store/database/database.ts';
import type { AuditType } from './audit.ts';
import { type AuditEvent, AuditEventEntity } from './audit_event.entity.ts';

/** A place in the log: behind it come the older events, whatever has arrived meanwhile. */
export type Place = Pick<AuditEvent, 'at' | 'id'>;

export interface EventFilter {
  readonly first: number;
  readonly after?: Place | undefined;
  /** Who did it, or whom it was done to: one of these. */
  readonly names?: readonly string[] | undefined;
  readonly type?: AuditType | undefined;
  /** From where, as it is told. */
  readonly address?: string | undefined;
  /** From then on. */
  readonly from?: Date | undefined;
  /** Before then. */
  readonly to?: Date | undefined;
}

export interface EventPage {
  readonly events: readonly AuditEvent[];
  readonly hasNext: boolean;
}

/** A page of the log, newest first. */
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
    // The index's own order: a page costs its rows, however long the log is.
    { orderBy: [{ at: 'desc' }, { id: 'asc' }], limit: first + 1 },
  );
  return { events: events.slice(0, first), hasNext: events.length > first };
}
