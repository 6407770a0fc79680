import { Counter } from 'prom-client';
import { Refusal, type RefusalKind } from '../../kernel/errors.ts';
import type { Metrics } from '../../kernel/metrics.ts';

/** The outcomes of a sign-in. */
export type SignInOutcome = 'succeeded' | 'failed' | 'limited' | 'overloaded' | 'unavailable';

/**
 * The outcomes of a refresh. `reused`: a token that was used up came back, which is theft. `doubtful`: it came back too
 * late or from elsewhere, unused since, and ended its session.
 */
const REFRESH_OUTCOMES = ['rotated', 'repeated', 'retried', 'doubtful', 'reused', 'refused', 'unavailable'] as const;
export type RefreshOutcome = (typeof REFRESH_OUTCOMES)[number];

/** The counters of the use cases. */
export interface SignInMetrics {
  signedIn(outcome: SignInOutcome): void;
  refreshed(outcome: RefreshOutcome): void;
}

/** Creates the counters of sign-ins and refreshes, by outcome. @param registry the registry that `/metrics` exposes */
export function createSignInMetrics(registry: Metrics): SignInMetrics {
  const registers = [registry];
  const signIns = new Counter({
    name: 'gatehouse_sign_ins_total',
    help: 'Password sign-ins, by outcome',
    labelNames: ['outcome'],
    registers,
  });
  const refreshes = new Counter({
    name: 'gatehouse_refreshes_total',
    help: 'Presented refresh tokens, by outcome. reused means theft',
    labelNames: ['outcome'],
    registers,
  });
  // Each series begins at 0, because Prometheus does not see an increase from a missing series to 1. Threat: the alert
  // would miss the first theft.
  for (const outcome of ['succeeded', 'failed', 'limited', 'overloaded', 'unavailable']) signIns.inc({ outcome }, 0);
  for (const outcome of REFRESH_OUTCOMES) refreshes.inc({ outcome }, 0);
  return {
    signedIn: (outcome) => signIns.inc({ outcome }),
    refreshed: (outcome) => refreshes.inc({ outcome }),
  };
}

/** The outcomes of refusals. All others count as `failed`. */
const OUTCOMES: { readonly [kind in RefusalKind]?: SignInOutcome } = {
  RATE_LIMITED: 'limited',
  OVERLOADED: 'overloaded',
  SERVICE_UNAVAILABLE: 'unavailable',
};

/** Returns the outcome of a sign-in that threw this error. */
export function outcomeOf(error: unknown): SignInOutcome {
  return error instanceof Refusal ? (OUTCOMES[error.kind] ?? 'failed') : 'unavailable';
}
