import { randomUUID } from 'node:crypto';
import { query, type Session } from '../store/database/database.ts';
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

/** Who asked, from where, under which request: the same for every event of one request. */
export interface Origin {
  readonly address: string;
  readonly userAgent: string | null;
  readonly requestId: string;
  /** The device token that came with the request, as sent: only an account can say what it is worth. Never recorded. */
  readonly device?: string | null;
  /** Aborted where whoever asked has gone: what has not begun for them need not begin. */
  readonly gone?: AbortSignal;
}

/** The parts of an {@link Origin} that no log may show. */
export const SECRET_ORIGIN = ['device'] as const satisfies readonly (keyof Origin)[];

export interface AuditEntry {
  readonly type: AuditType;
  readonly actor: string | null;
  readonly subject: string;
  /** Never a secret: no password, token or cookie. */
  readonly detail?: Readonly<Record<string, string | number | boolean>> | undefined;
}

const AGENT_LENGTH = 512;

/** Notes an event in the transaction of what it tells, so that the one is never there without the other. */
export function record(db: Session, entry: AuditEntry, origin: Origin, now: Date): void {
  db.persist(db.create(AuditEventEntity, toEvent(entry, origin, now)));
}

/** As {@link record}, for thousands at a time: in one statement, at once. */
export async function recordAll(db: Session, entries: readonly AuditEntry[], origin: Origin, now: Date): Promise<void> {
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
  db: Session,
  usernames: readonly string[],
): Promise<Map<string, AuditEvent['detail']>> {
  const found = await db.find(AuditEventEntity, { type: 'user.created', subject: { $in: [...usernames] } });
  return new Map(found.map(({ subject, detail }) => [subject ?? '', detail]));
}

function toEvent(entry: AuditEntry, origin: Origin, now: Date): AuditEvent {
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
