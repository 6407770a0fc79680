import type { RequestInfo } from '../../kernel/request_info.ts';
import type { Client } from '../../clients/client.entity.ts';
import type { Issued } from '../../application/foundation/issue.ts';
import type { Parameters } from '../parameters.ts';

export interface GrantRequest {
  readonly parameters: Parameters;
  /** The authenticated client, which is registered for the grant; null without a client. */
  readonly client: Client | null;
  readonly origin: RequestInfo;
  /** True if a page of a foreign origin sent the request. */
  readonly isForeignPage: boolean;
}

/** The result of a grant. */
export interface Granted extends Issued {
  /** Null for a client without a user, which has no session. */
  readonly refreshToken: string | null;
  /** The token that recognises the device later; missing without a sign-in. */
  readonly deviceToken?: string;
}

/** Issues tokens for one grant type. @throws OAuthError or Refusal */
export type GrantHandler = (request: GrantRequest) => Promise<Granted>;
