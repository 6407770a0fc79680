import type { IncomingMessage, ServerResponse } from 'node:http';
import { serialize, type SetCookieAttributes } from 'cookie';
import { Refusal } from '../../kernel/errors.ts';
import { ownOrigins } from '../../kernel/origins.ts';
import type { RefreshCookie } from '../../graphql/server/context.ts';

export interface CookieOptions {
  /** The address that clients use. Its origin may use the cookie. */
  readonly publicUrl: string;
  /** The other exact origins that may use the cookie. */
  readonly corsOrigins: readonly string[];
}

export interface RefreshCookies {
  of(request: Pick<IncomingMessage, 'headers'>, response: ServerResponse): RefreshCookie;
}

/**
 * Creates the cookies with refresh tokens. `HttpOnly` protects them from scripts, `SameSite=Strict` and the origin
 * check from other sites, `__Host-` from a cookie that a neighbouring subdomain plants (RFC 6265bis section 4.1.3).
 */
export function createRefreshCookies({ publicUrl, corsOrigins }: CookieOptions): RefreshCookies {
  const { nameOf, secure } = cookieRule(publicUrl);
  const name = nameOf('gatehouse_refresh');
  const allowed = new Set([...ownOrigins(publicUrl), ...corsOrigins]);
  const attributes = { httpOnly: true, secure, sameSite: 'strict', path: '/' } as const;

  return {
    of: ({ headers }, response) => ({
      read() {
        const token = readCookie(headers.cookie, name);
        if (token === null) return null;
        // Browsers send `Origin` with every POST, so a request without it is not from an allowed page.
        if (headers.origin === undefined || !allowed.has(headers.origin)) throw new Refusal('ORIGIN_NOT_ALLOWED');
        return token;
      },
      isForeignPage: headers.origin !== undefined && !allowed.has(headers.origin),
      write: (token, expiresAt) => setCookie(response, { name, value: token }, { ...attributes, expires: expiresAt }),
      clear: () => setCookie(response, { name, value: '' }, { ...attributes, expires: new Date(0) }),
    }),
  };
}

/** Adds a cookie to an answer and keeps the others. */
export function setCookie(
  response: ServerResponse,
  { name, value }: { readonly name: string; readonly value: string },
  attributes: SetCookieAttributes,
): void {
  response.appendHeader('Set-Cookie', serialize(name, value, attributes));
}

/**
 * Returns the properties that all cookies share. A browser drops a `Secure` cookie from plain HTTP. Cookies ignore
 * ports (RFC 6265 section 8.5), and `__Host-` requires `Path=/`. The names therefore contain the port and the path, to
 * separate servers on one host.
 */
export function cookieRule(publicUrl: string): { secure: boolean; nameOf: (name: string) => string } {
  const { protocol, port, pathname } = new URL(publicUrl);
  const secure = protocol === 'https:';
  const prefix = secure ? '__Host-' : '';
  // The name of a cookie cannot contain a slash (RFC 6265 section 4.1.1).
  const path = pathname.replace(/\/$/, '').replaceAll(/[^\w.%-]/g, '~');
  return { secure, nameOf: (name) => `${prefix}${name}${port && `_${port}`}${path}` };
}

/** Returns the cookie of a name, or null. Threat: one of two cookies of one name was planted, so neither is valid. */
export function readCookie(header: string | undefined, name: string): string | null {
  const values = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return values.length === 1 ? values[0]! : null;
}
