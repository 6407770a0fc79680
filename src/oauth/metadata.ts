import { GRANT_TYPES } from '../clients/clients.ts';
import { CLIENT_METHODS, CLIENT_SECRET_METHODS } from './client_authentication.ts';

export interface MetadataOptions {
  /** The value of `iss` in tokens and in authorization answers. */
  readonly issuer: string;
  /** The address that clients use. */
  readonly publicUrl: string;
  /** Every scope that fields of the graph require. */
  readonly scopes: readonly string[];
}

/** Returns the server metadata (RFC 8414 section 2). A test uses each feature that it names. */
export function createMetadata({ issuer, publicUrl, scopes }: MetadataOptions) {
  return {
    issuer,
    authorization_endpoint: `${publicUrl}/authorize`,
    token_endpoint: `${publicUrl}/token`,
    revocation_endpoint: `${publicUrl}/revoke`,
    introspection_endpoint: `${publicUrl}/introspect`,
    jwks_uri: `${publicUrl}/.well-known/jwks.json`,
    scopes_supported: scopes,
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: GRANT_TYPES,
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: CLIENT_METHODS,
    revocation_endpoint_auth_methods_supported: CLIENT_METHODS,
    introspection_endpoint_auth_methods_supported: CLIENT_SECRET_METHODS,
    // Shows a client of several servers which one answered (RFC 9207).
    authorization_response_iss_parameter_supported: true,
  };
}

export type Metadata = ReturnType<typeof createMetadata>;
