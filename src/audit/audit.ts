import { randomUUID } from 'node:crypto';
import type { Session } from '../store/database.ts';
import { AuditEventEntity } from './audit_event.entity.ts';

export type AuditType =
  | 'login.succeeded'
  | 'login.failed'
  | 'refresh.reused'
  | 'session.ended'
  | 'password.changed'
  | 'password.upgraded'
  | 'user.created'
  | 'user.role_set'
  | 'user.disabled'
  | 'user.enabled'
  | 'user.unlocked';

/** Who asked, from where, under which request: the same for every event of one request. */
export interface Origin {
  readonly address: string;
  readonly userAgent: string | null;
  readonly requestId: string;
}

export interface AuditEntry {
  readonly type: AuditType;
  readonly actor: string | null;
  readonly subject: string;
  /** Never a secret: no password, token or cookie. */
  readonly detail?: Readonly<Record<string, string | number | boolean>>;
}

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
      requestId: origin.requestId,
      detail: entry.detail ? { ...entry.detail } : null,
    }),
  );
}
