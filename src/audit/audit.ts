import { randomUUID } from 'node:crypto';
import { type Actor, actorName, type Invocation } from '../kernel/actor.ts';
import { query, type Db } from '../store/database/database.ts';
import { type AuditEvent, AuditEventEntity } from './audit_event.entity.ts';

/** The types of events. */
export const AUDIT_TYPES = [
  'login.succeeded',
  'login.failed',
  'login.limited',
  'login.challenged',
  'login.reauthenticated',
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
  'password.breached',
  'factor.added',
  'factor.removed',
  'factors.reset',
  'recovery_code.used',
  'recovery_codes.renewed',
  'password.reset_requested',
  'password.reset_sent',
  'password.reset',
  'link.refused',
  'email.verified',
  'email.change_requested',
  'email.changed',
  'email.change_undone',
  'user.invited',
  'user.invitation_accepted',
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
  'mail.retried',
] as const;

export type AuditType = (typeof AUDIT_TYPES)[number];

export interface AuditEntry {
  readonly type: AuditType;
  readonly subject: string;
  readonly at: Date;
  /** Must not contain a secret: no password, token or cookie. */
  readonly detail?: Readonly<Record<string, string | number | boolean>> | undefined;
}

const AGENT_LENGTH = 512;

/** The invocation behind an event. The actor is null if it is not known, as for a failed sign-in. */
export type RecordedInvocation = Invocation<Actor | null>;

/** Records an event in the transaction of the change itself, so that neither exists without the other. */
export function record(db: Db, entry: AuditEntry, by: RecordedInvocation): void {
  db.persist(db.create(AuditEventEntity, toEvent(entry, by)));
}

/** Records thousands of events in one statement, at once. */
export async function recordAll(db: Db, entries: readonly AuditEntry[], by: RecordedInvocation): Promise<void> {
  if (entries.length === 0) return;
  await query(
    db,
    `insert into audit_events (id, at, type, actor, subject, address, user_agent, request_id, detail)
     select id, at, type, actor, subject, address, "userAgent", "requestId", detail
     from json_to_recordset(?::json) as r(
       id uuid, at timestamptz, type text, actor text, subject text, address text, "userAgent" text, "requestId" text,
       detail jsonb)`,
    [JSON.stringify(entries.map((entry) => toEvent(entry, by)))],
  );
}

/** Returns the details of the events that created these accounts, by name. */
export async function findCreationDetails(
  db: Db,
  usernames: readonly string[],
): Promise<Map<string, AuditEvent['detail']>> {
  const found = await db.find(AuditEventEntity, { type: 'user.created', subject: { $in: [...usernames] } });
  return new Map(found.map(({ subject, detail }) => [subject ?? '', detail]));
}

function toEvent(entry: AuditEntry, { actor, request }: RecordedInvocation): AuditEvent {
  return {
    id: randomUUID(),
    at: entry.at,
    type: entry.type,
    actor: actorName(actor),
    subject: entry.subject.slice(0, 80),
    address: request.address,
    userAgent: request.userAgent?.slice(0, AGENT_LENGTH) ?? null,
    requestId: request.requestId,
    detail: entry.detail ? { ...entry.detail } : null,
  };
}
