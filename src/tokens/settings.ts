import { integer, text, type Values } from '../kernel/variables.ts';

/** StringOrURI (RFC 7519 section 2): a value with a colon is a URI. */
const stringOrUri = text(
  (value) => /^[\x21-\x7e]+$/.test(value) && (!value.includes(':') || URL.canParse(value)),
  'must be a URI, or a name without spaces and colons',
);

/** The variables of access tokens. */
export const tokenVariables = {
  ACCESS_TOKEN_EXPIRE_MINUTES: integer(1, 60).default(30),
  JWT_ISSUER: stringOrUri.optional(),
  JWT_AUDIENCE: stringOrUri.default('gatehouse'),
};

export interface TokenSettings {
  readonly accessTokenSeconds: number;
  readonly issuer: string;
  readonly audience: string;
}

/**
 * Returns the settings of access tokens.
 * @param publicUrl the issuer if `JWT_ISSUER` is not set
 */
export function tokenSettings(values: Values<typeof tokenVariables>, publicUrl: string): TokenSettings {
  return {
    accessTokenSeconds: values.ACCESS_TOKEN_EXPIRE_MINUTES * 60,
    issuer: values.JWT_ISSUER ?? publicUrl,
    audience: values.JWT_AUDIENCE,
  };
}
