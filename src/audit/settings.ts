import { integer, type Values } from '../kernel/variables.ts';

/** The variables of the audit log. */
export const auditVariables = {
  AUDIT_RETENTION_DAYS: integer(1, 36_500).default(365),
};

export interface AuditSettings {
  readonly retentionDays: number;
}

export function auditSettings(values: Values<typeof auditVariables>): AuditSettings {
  return { retentionDays: values.AUDIT_RETENTION_DAYS };
}
