import { integer, key, list, parsed, secret, text, type Values } from '../kernel/variables.ts';
import { bracketed, isHost, normalHeader, normalOrigin, normalPublicUrl, subnet } from './addresses.ts';

/** The variables of the HTTP server. */
export const httpVariables = {
  HOST: text(isHost, 'must be an address or a host name, IPv6 without brackets').default('127.0.0.1'),
  PORT: integer(0, 65_535).default(4000),
  PUBLIC_URL: parsed(normalPublicUrl, 'must be an http or https URL without user, query and fragment').optional(),
  CORS_ORIGINS: list(normalOrigin, 'must be one exact origin without a path, such as https://app.example.com').default(
    [],
  ),
  CORS_HEADERS: list(normalHeader, 'must be the name of a header').default([]),
  TRUST_PROXY: list(subnet, 'must be an address or a CIDR, such as 10.0.0.0/8').default([]),
  // A header cannot carry other characters, so every request would be refused.
  ROUTER_SECRET: secret(
    key
      .regex(/^[\x21-\x7e]*$/, 'must be printable ASCII without spaces. Generate it with: openssl rand -hex 32')
      .optional(),
  ),
};

export interface HttpSettings {
  readonly host: string;
  readonly port: number;
  /**
   * The address that clients use, without a trailing slash: the default issuer, the allowed origin, `Secure` cookies.
   */
  readonly publicUrl: string;
  /** Exact origins, normalised as browsers send them. */
  readonly corsOrigins: readonly string[];
  /** Request headers that pages of these origins may send, in addition to the fixed ones. */
  readonly corsHeaders: readonly string[];
  /** The CIDRs or addresses of proxies whose `X-Forwarded-*` headers are trusted. */
  readonly trustProxy: readonly string[];
  /** `ROUTER_SECRET`, with which another router may query entities; undefined allows none. */
  readonly routerSecret: string | undefined;
}

export function httpSettings(values: Values<typeof httpVariables>): HttpSettings {
  return {
    host: values.HOST,
    port: values.PORT,
    publicUrl: publicUrlOf(values),
    corsOrigins: values.CORS_ORIGINS,
    corsHeaders: values.CORS_HEADERS,
    trustProxy: values.TRUST_PROXY,
    routerSecret: values.ROUTER_SECRET,
  };
}

/** Returns the address that clients use: `PUBLIC_URL`, or the address on which the server listens. */
export function publicUrlOf(values: Pick<Values<typeof httpVariables>, 'PUBLIC_URL' | 'HOST' | 'PORT'>): string {
  const own = `http://${bracketed(values.HOST)}:${values.PORT}`;
  return values.PUBLIC_URL ?? normalPublicUrl(own) ?? own;
}
