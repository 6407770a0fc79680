import { integer, oneOf, type Values } from '../kernel/variables.ts';

/** The variables of sessions. */
export const sessionVariables = {
  // Browsers limit the lifetime of a cookie to 400 days.
  REFRESH_TOKEN_EXPIRE_DAYS: integer(1, 400).default(30),
  // Threat: within the grace, a stolen token that was already used still opens its successor.
  REFRESH_GRACE_SECONDS: integer(0, 300).default(10),
  REFRESH_RETRY_HOURS: integer(0, 720).default(24),
  SESSIONS_PER_ACCOUNT: integer(1, 10_000).default(100),
  SESSION_IDLE_DAYS: integer(1, 400).optional(),
  REUSE_REVOKES: oneOf('user', 'family').default('user'),
};

export interface SessionSettings {
  readonly lifetimeSeconds: number;
  /** 0 turns the grace off. */
  readonly graceSeconds: number;
  /** 0 turns retries off. */
  readonly retrySeconds: number;
  /** The most sessions of an account. */
  readonly perAccount: number;
  /** The longest time without a refresh. */
  readonly idleSeconds: number;
  readonly reuseRevokes: 'user' | 'family';
}

export function sessionSettings(values: Values<typeof sessionVariables>): SessionSettings {
  return {
    lifetimeSeconds: values.REFRESH_TOKEN_EXPIRE_DAYS * 86_400,
    graceSeconds: values.REFRESH_GRACE_SECONDS,
    retrySeconds: values.REFRESH_RETRY_HOURS * 3600,
    perAccount: values.SESSIONS_PER_ACCOUNT,
    idleSeconds: (values.SESSION_IDLE_DAYS ?? values.REFRESH_TOKEN_EXPIRE_DAYS) * 86_400,
    reuseRevokes: values.REUSE_REVOKES,
  };
}
