/** The public API of `gatehouse-subgraph`, for subgraphs of any framework. No file of the package imports it. */
export { IdentityError, type IdentityErrorCode } from './errors.ts';
export { type AnonymousIdentity, hasRole, hasScopes, type Identity, type KnownIdentity } from './identity.ts';
export type { IncomingRequest, PlainRequest } from './request.ts';
export { createVerifier, type Verifier, type VerifierOptions, verifyIdentity } from './verify.ts';
