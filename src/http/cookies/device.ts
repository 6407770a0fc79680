import type { IncomingMessage, ServerResponse } from 'node:http';
import { cookieRule, readCookie, setCookie } from './cookies.ts';

/** The cookie with the device token of a browser. Scripts cannot read it, and other sites cannot send it. */
const COOKIE = 'gatehouse_device';
/** The header for programs, and for pages that store their tokens themselves. The pages of an app have no cookies. */
const HEADER = 'Gatehouse-Device';
/** Browsers keep no cookie longer (RFC 6265bis section 5.5). */
const KEPT_SECONDS = 400 * 86_400;

export interface DeviceTokens {
  /** Returns the token of a request as sent, or null. */
  shownBy(request: Pick<IncomingMessage, 'headers'>): string | null;
  /** Sends the client a token: as the header if the client sent it or is not a browser, otherwise as a cookie. */
  give(request: Pick<IncomingMessage, 'headers'>, response: ServerResponse, token: string): void;
}

export function createDeviceTokens(publicUrl: string): DeviceTokens {
  const { secure, nameOf } = cookieRule(publicUrl);
  const name = nameOf(COOKIE);
  const attributes = { httpOnly: true, secure, sameSite: 'strict', path: '/' } as const;
  return {
    shownBy({ headers }) {
      const header = headers[HEADER.toLowerCase()];
      return typeof header === 'string' ? header : readCookie(headers.cookie, name);
    },
    give({ headers }, response, token) {
      const isKept = headers.origin === undefined || headers[HEADER.toLowerCase()] !== undefined;
      if (isKept) response.setHeader(HEADER, token);
      else setCookie(response, { name, value: token }, { ...attributes, maxAge: KEPT_SECONDS });
    },
  };
}
