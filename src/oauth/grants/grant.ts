import type { Origin } from '../../audit/audit.ts';
import type { Client } from '../../clients/client.entity.ts';
import type { Issued } from '../../application/foundation/issue.ts';
import type { Parameters } from '../parameters.ts';

export interface GrantRequest {
  readonly parameters: Parameters;
  /** The registered client that asks, which proved itself and is registered for the grant; null without one. */
  readonly client: Client | null;
  readonly origin: Origin;
  /** Gives the device that asks the token it is known by from now on. */
  giveDevice(token: string): void;
  /** Throws ORIGIN_NOT_ALLOWED where a foreign page asks. */
  checkOrigin(): void;
}

/** What a grant gives; the refresh token is null where there is none. */
export type Granted = Issued & { readonly refreshToken: string | null };

/** One way of getting tokens. Throws OAuthError or Refusal. */
export type Grant = (request: GrantRequest) => Promise<Granted>;
