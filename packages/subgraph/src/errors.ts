/** The reasons to refuse a request, and their HTTP status: 503 if the identity could not be checked. */
const TABLE = {
  MISSING: { message: 'The request carries no identity', status: 401 },
  MALFORMED: { message: 'The identity is not one', status: 401 },
  SIGNATURE: { message: 'The identity is not signed by a key of the gateway', status: 401 },
  ISSUER: { message: 'The identity is of another gateway', status: 401 },
  AUDIENCE: { message: 'The identity is for another subgraph', status: 401 },
  LIFETIME: { message: 'The identity would live for too long', status: 401 },
  EXPIRED: { message: 'The identity is over', status: 401 },
  EARLY: { message: 'The identity is from the future', status: 401 },
  BODY: { message: 'The identity is for another body', status: 401 },
  REPLAYED: { message: 'The identity was used before', status: 401 },
  REPLAY_CACHE_FULL: { message: 'Too many identities at a time', status: 503 },
  UNAVAILABLE: { message: 'The identity cannot be checked at the moment', status: 503 },
} as const;

export type IdentityErrorCode = keyof typeof TABLE;

/** The refusal of a request that does not prove that it comes from the gateway. `cause` is only for the log. */
export class IdentityError extends Error {
  readonly code: IdentityErrorCode;
  readonly status: 401 | 503;

  constructor(code: IdentityErrorCode, cause?: unknown) {
    super(TABLE[code].message, { cause });
    this.name = 'IdentityError';
    this.code = code;
    this.status = TABLE[code].status;
  }
}
