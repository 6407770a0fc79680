import type { IncomingMessage, ServerResponse } from 'node:http';
import { serialize, type SetCookieAttributes } from 'cookie';
import { Refusal } from '../../kernel/errors.ts';
import type { RefreshCookie } from '../../graphql/server/context.ts';

export interface CookieOptions {
  /** The address clients use: our own origin. */
  readonly publicUrl: string;
  /** Exact origins of others that may use the cookie. */
  readonly corsOrigins: readonly string[];
}

export interface RefreshCookies {
  of(request: Pick<IncomingMessage, 'headers'>, response: ServerResponse): RefreshCookie;
}

/** A browser at any of these speaks to this machine alone: to it they are three sites, to us one. */
const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * The refresh token's cookie: `HttpOnly` against scripts, `SameSite=Strict` and the origin check against other sites,
 * `__Host-` against a neighbouring subdomain that would plant its own (RFC 6265bis section 4.1.3).
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
        // Browsers send `Origin` with every POST: one that is missing is not from a page of ours.
        if (headers.origin === undefined || !allowed.has(headers.origin)) throw new Refusal('ORIGIN_NOT_ALLOWED');
        return token;
      },
      isForeignPage: headers.origin !== undefined && !allowed.has(headers.origin),
      write: (token, expiresAt) => setCookie(response, name, token, { ...attributes, expires: expiresAt }),
      clear: () => setCookie(response, name, '', { ...attributes, expires: new Date(0) }),
    }),
  };
}

/** Adds a cookie to an answer, beside those it has. */
export function setCookie(
  response: ServerResponse,
  name: string,
  value: string,
  attributes: SetCookieAttributes,
): void {
  response.appendHeader('Set-Cookie', serialize(name, value, attributes));
}

/** Our own origins: that of the address clients use, and where it is of this machine, those of its other names. */
export function ownOrigins(publicUrl: string): string[] {
  const { protocol, hostname, port, origin } = new URL(publicUrl);
  if (!LOOPBACK.includes(hostname)) return [origin];
  return LOOPBACK.map((host) => new URL(`${protocol}//${host}:${port}`).origin);
}

/**
 * What every cookie of ours has in common. A browser keeps no `Secure` cookie from plain HTTP. Cookies know no ports
 * (RFC 6265 section 8.5), and `__Host-` asks for `Path=/`: servers that share a host are told apart by the names.
 */
export function cookieRule(publicUrl: string): { secure: boolean; nameOf: (name: string) => string } {
  const { protocol, port, pathname } = new URL(publicUrl);
  const secure = protocol === 'https:';
  const prefix = secure ? '__Host-' : '';
  // A slash cannot be in a cookie's name (RFC 6265 section 4.1.1).
  const path = pathname.replace(/\/$/, '').replaceAll(/[^\w.%-]/g, '~');
  return { secure, nameOf: (name) => `${prefix}${name}${port && `_${port}`}${path}` };
}

/** The cookie of a name. Two of one name mean that somebody planted one: neither counts. */
export function readCookie(header: string | undefined, name: string): string | null {
  const values = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return values.length === 1 ? values[0]! : null;
}
