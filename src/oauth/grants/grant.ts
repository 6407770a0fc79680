import type { RequestInfo } from '../../kernel/request_info.ts';
import type { Client } from '../../clients/client.entity.ts';
import type { Issued } from '../../application/foundation/issue.ts';
import type { Parameters } from '../parameters.ts';

export interface GrantRequest {
  readonly parameters: Parameters;
  /** The registered client that asks, which proved itself and is registered for the grant; null without one. */
  readonly client: Client | null;
  readonly origin: RequestInfo;
  /** Whether a page of a foreign origin sent the request. */
  readonly isForeignPage: boolean;
}

/** The result of a grant. */
export interface Granted extends Issued {
  /** Null for a program, which has no session. */
  readonly refreshToken: string | null;
  /** Makes the device known that signed in; missing without a sign-in. */
  readonly deviceToken?: string;
}

/** One way of getting tokens. Throws OAuthError or Refusal. */
export type GrantHandler = (request: GrantRequest) => Promise<Granted>;
