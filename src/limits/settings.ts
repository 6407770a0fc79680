import { integer, type Values } from '../kernel/variables.ts';
import type { AttemptLimits } from './subjects.ts';

/** The variables of the limits on guessing. */
export const limitVariables = {
  LOGIN_LIMIT_PER_ACCOUNT: integer(1, 1_000_000).default(10),
  LOGIN_LIMIT_PER_IP: integer(1, 1_000_000).default(100),
  // At most 24 days. A longer timer overflows and fires at once, which would end the limit (embedded mode).
  LOGIN_LIMIT_WINDOW_SECONDS: integer(1, 24 * 86_400).default(900),
};

export function limitSettings(values: Values<typeof limitVariables>): AttemptLimits {
  return {
    perAccount: values.LOGIN_LIMIT_PER_ACCOUNT,
    perAddress: values.LOGIN_LIMIT_PER_IP,
    windowSeconds: values.LOGIN_LIMIT_WINDOW_SECONDS,
  };
}
