import type { Origin } from '../../audit/audit.ts';
import type { SignedIn } from '../../signin/issue.ts';
import type { Parameters } from '../parameters.ts';

/** One way of getting tokens. Throws OAuthError or Refusal. */
export type Grant = (parameters: Parameters, origin: Origin) => Promise<SignedIn>;
