import type { IncomingMessage, ServerResponse } from 'node:http';
import { digestText, random } from '../../kernel/secret.ts';
import { TICKET_SECONDS } from '../../application/authentication/suspend_sign_in.ts';
import { ownOrigins } from '../../kernel/origins.ts';
import { cookieRule, readCookie, setCookie } from './cookies.ts';

/** Recognises the browser or program that began a sign-in when it continues. */
export interface SignInBindings {
  /**
   * Returns a digest of the origin, the user agent and, on our own pages, a cookie. A browser that has no such cookie
   * receives one. Threat: a ticket that leaks from one browser must be worthless in another one.
   */
  bindingOf(request: Pick<IncomingMessage, 'headers'>, response: ServerResponse): string;
}

const COOKIE = 'gatehouse_sign_in';
const VALUE = /^[\w-]{43}$/;

export function createSignInBindings(publicUrl: string): SignInBindings {
  const { secure, nameOf } = cookieRule(publicUrl);
  const own = ownOrigins(publicUrl);
  const name = nameOf(COOKIE);
  const attributes = {
    httpOnly: true,
    secure,
    sameSite: 'strict',
    path: '/',
    maxAge: TICKET_SECONDS,
  } as const;

  function browserOf({ headers }: Pick<IncomingMessage, 'headers'>, response: ServerResponse): string {
    // Programs, and pages of other sites, keep no cookies of this server.
    if (headers.origin === undefined || !own.includes(headers.origin)) return '';
    const shown = readCookie(headers.cookie, name);
    const browser = shown !== null && VALUE.test(shown) ? shown : random(32).toString('base64url');
    setCookie(response, { name, value: browser }, attributes);
    return browser;
  }

  return {
    bindingOf(request, response) {
      const { origin = '', 'user-agent': agent = '' } = request.headers;
      return digestText(JSON.stringify([origin, agent, browserOf(request, response)]));
    },
  };
}
