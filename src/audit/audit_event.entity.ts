import { defineEntity, type InferEntity } from '@mikro-orm/core';

/** An event of an account or a session. Rows are only added. */
export const AuditEventEntity = defineEntity({
  name: 'AuditEvent',
  tableName: 'audit_events',
  properties: (p) => ({
    id: p.uuid().primary(),
    at: p.datetime(),
    type: p.string(),
    /** The user name of the actor, if known. */
    actor: p.string().nullable(),
    /** The user name of the account concerned; a digest if no account has the name. */
    subject: p.string().nullable(),
    address: p.string().nullable(),
    userAgent: p.string().nullable(),
    requestId: p.string().nullable(),
    detail: p.json<Record<string, string | number | boolean>>().nullable(),
  }),
});

export type AuditEvent = InferEntity<typeof AuditEventEntity>;
