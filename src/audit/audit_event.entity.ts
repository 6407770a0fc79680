import { defineEntity, type InferEntity } from '@mikro-orm/core';

/** Something that happened to an account or a session. Rows are only ever added. */
export const AuditEventEntity = defineEntity({
  name: 'AuditEvent',
  tableName: 'audit_events',
  properties: (p) => ({
    id: p.uuid().primary(),
    at: p.datetime(),
    type: p.string(),
    /** Who did it, where that is known: a user name. */
    actor: p.string().nullable(),
    /** Whom it was done to: a user name; a digest of one that no account has. */
    subject: p.string().nullable(),
    address: p.string().nullable(),
    userAgent: p.string().nullable(),
    requestId: p.string().nullable(),
    detail: p.json<Record<string, string | number | boolean>>().nullable(),
  }),
});

export type AuditEvent = InferEntity<typeof AuditEventEntity>;
