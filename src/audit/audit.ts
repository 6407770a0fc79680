import { randomUUID } from 'node:crypto';
import type { Session } from '../store/database.ts';
import { AuditEventEntity } from './audit_event.entity.ts';

/** Every kind of event there is. */
export const AUDIT_TYPES = [
  'login.succeeded',
  'login.failed',
  'login.limited',
  'refresh.repeated',
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
  db.persist(
    db.create(AuditEventEntity, {
      id: randomUUID(),
      at: now,
      type: entry.type,
      actor: entry.actor,
      subject: entry.subject.slice(0, 80),
      address: origin.address,
      userAgent: origin.userAgent?.slice(0, AGENT_LENGTH) ?? null,
      requestId: origin.requestId,
      detail: entry.detail ? { ...entry.detail } : null,
    }),
  );
}
