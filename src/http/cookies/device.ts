import type { IncomingMessage, ServerResponse } from 'node:http';
import { cookieRule, readCookie, setCookie } from './cookies.ts';

/** Where a browser keeps its device token: a script cannot read it, and other sites cannot send it. */
const COOKIE = 'gatehouse_device';
/** Its twin, for programs, and for pages that keep their tokens themselves: an app's have no cookies. */
const HEADER = 'Gatehouse-Device';
/** Browsers keep no cookie longer (RFC 6265bis section 5.5). */
const KEPT_SECONDS = 400 * 86_400;

export interface DeviceTokens {
  /** The token that a request shows, as sent, or null. */
  shownBy(request: Pick<IncomingMessage, 'headers'>): string | null;
  /** Gives a token to the client that asked: as the header where it sent that, or is no browser; else as a cookie. */
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
      else setCookie(response, name, token, { ...attributes, maxAge: KEPT_SECONDS });
    },
  };
}
