import { randomUUID } from 'node:crypto';
import type { RequestInfo } from '../kernel/request_info.ts';
import { query, type Db } from '../store/database/database.ts';
import { type AuditEvent, AuditEventEntity } from './audit_event.entity.ts';

/** Every kind of event there is. */
export const AUDIT_TYPES = [
  'login.succeeded',
  'login.failed',
  'login.limited',
  'refresh.repeated',
  'refresh.retried',
  'refresh.doubtful',
  'refresh.reused',
  'code.reused',
  'token.revoked',
  'consent.given',
  'session.ended',
  'password.changed',
  'password.refused',
  'password.upgraded',
  'user.created',
  'user.updated',
  'user.role_set',
  'user.disabled',
  'user.enabled',
  'user.unlocked',
  'user.deleted',
  'client.created',
  'client.removed',
  'key.created',
  'key.rotated',
  'key.retired',
  'keys.rewrapped',
] as const;

export type AuditType = (typeof AUDIT_TYPES)[number];

export interface AuditEntry {
  readonly type: AuditType;
  readonly actor: string | null;
  readonly subject: string;
  /** Never a secret: no password, token or cookie. */
  readonly detail?: Readonly<Record<string, string | number | boolean>> | undefined;
}

const AGENT_LENGTH = 512;

/** Notes an event in the transaction of what it tells, so that the one is never there without the other. */
export function record(db: Db, entry: AuditEntry, origin: RequestInfo, now: Date): void {
  db.persist(db.create(AuditEventEntity, toEvent(entry, origin, now)));
}

/** As {@link record}, for thousands at a time: in one statement, at once. */
export async function recordAll(db: Db, entries: readonly AuditEntry[], origin: RequestInfo, now: Date): Promise<void> {
  if (entries.length === 0) return;
  await query(
    db,
    `insert into audit_events (id, at, type, actor, subject, address, user_agent, request_id, detail)
     select id, at, type, actor, subject, address, "userAgent", "requestId", detail
     from json_to_recordset(?::json) as r(
       id uuid, at timestamptz, type text, actor text, subject text, address text, "userAgent" text, "requestId" text,
       detail jsonb)`,
    [JSON.stringify(entries.map((entry) => toEvent(entry, origin, now)))],
  );
}

/** What the log says of how these accounts came to be, by name. */
export async function findCreationDetails(
  db: Db,
  usernames: readonly string[],
): Promise<Map<string, AuditEvent['detail']>> {
  const found = await db.find(AuditEventEntity, { type: 'user.created', subject: { $in: [...usernames] } });
  return new Map(found.map(({ subject, detail }) => [subject ?? '', detail]));
}

function toEvent(entry: AuditEntry, origin: RequestInfo, now: Date): AuditEvent {
  return {
    id: randomUUID(),
    at: now,
    type: entry.type,
    actor: entry.actor,
    subject: entry.subject.slice(0, 80),
    address: origin.address,
    userAgent: origin.userAgent?.slice(0, AGENT_LENGTH) ?? null,
    requestId: origin.requestId,
    detail: entry.detail ? { ...entry.detail } : null,
  };
}
