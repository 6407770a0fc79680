import { Counter } from 'prom-client';
import { Refusal, type RefusalKind } from '../../kernel/errors.ts';
import type { Metrics } from '../../kernel/metrics.ts';

/** How a sign-in ended. */
export type SignInOutcome = 'succeeded' | 'failed' | 'limited' | 'overloaded' | 'unavailable';

/**
 * The outcomes of a refresh. `reused`: a token that was used up came back, which is theft. `doubtful`: it came back too
 * late or from elsewhere, unused since, and ended its session.
 */
const REFRESH_OUTCOMES = ['rotated', 'repeated', 'retried', 'doubtful', 'reused', 'refused', 'unavailable'] as const;
export type RefreshOutcome = (typeof REFRESH_OUTCOMES)[number];

/** What the use cases count. */
export interface SignInMetrics {
  signedIn(outcome: SignInOutcome): void;
  refreshed(outcome: RefreshOutcome): void;
}

/** Counts sign-ins and refreshes by their outcome. @param registry where `/metrics` reads it */
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
  // A first theft must be seen: from nothing to one is no increase.
  for (const outcome of ['succeeded', 'failed', 'limited', 'overloaded', 'unavailable']) signIns.inc({ outcome }, 0);
  for (const outcome of REFRESH_OUTCOMES) refreshes.inc({ outcome }, 0);
  return {
    signedIn: (outcome) => signIns.inc({ outcome }),
    refreshed: (outcome) => refreshes.inc({ outcome }),
  };
}

/** Whatever else is refused is the attempt's own fault. */
const OUTCOMES: { readonly [kind in RefusalKind]?: SignInOutcome } = {
  RATE_LIMITED: 'limited',
  OVERLOADED: 'overloaded',
  SERVICE_UNAVAILABLE: 'unavailable',
};

/** What a sign-in ended with that threw this. */
export function outcomeOf(error: unknown): SignInOutcome {
  return error instanceof Refusal ? (OUTCOMES[error.kind] ?? 'failed') : 'unavailable';
}
