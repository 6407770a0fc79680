import { createHmac } from 'node:crypto';
import type { Request, Response } from 'express';
import { Refusal } from '../kernel/errors.ts';
import { deriveKey, equal, random } from '../kernel/secret.ts';
import { TRANSACTION_SECONDS, type Waiting } from '../signin/authorizations.ts';
import { cookieRule, ownOrigins, readCookie } from './cookies.ts';

/** What a form carries of its authorization. */
export interface FormFields {
  /** What waits, in the open: there is nothing in it that the client's request did not say. */
  readonly transaction: string;
  /** That we wrote it, for this browser. */
  readonly csrf: string;
}

/**
 * Keeps what waits for a person's answer in the form, tied to the browser it was shown in. Its cookie is `Lax`, since a
 * browser that arrives from the client's site sends no `Strict` one; it says which browser this is and nothing else.
 */
export interface Interactions {
  /** Sees to the browser's cookie. */
  open(request: Pick<Request, 'headers'>, response: Response, waiting: Waiting): FormFields;
  /**
   * What waits, as it was written. Throws ORIGIN_NOT_ALLOWED for a form of another origin, TRANSACTION for one that was
   * shown in another browser, or that is not as we wrote it.
   */
  check(request: Pick<Request, 'headers'>, shown: FormFields): Waiting;
}

const COOKIE = /^[\w-]{43}$/;

/** @param secrets `JWT_SECRET_KEY`, then the previous one while it is being replaced */
export function createInteractions(secrets: readonly string[], publicUrl: string): Interactions {
  const keys = secrets.map((secret) => deriveKey(secret, 'authorize-csrf'));
  const { secure, nameOf } = cookieRule(publicUrl);
  const own = ownOrigins(publicUrl);
  const name = nameOf('gatehouse_interaction');
  const attributes = {
    httpOnly: true,
    secure,
    sameSite: 'lax',
    path: '/',
    maxAge: TRANSACTION_SECONDS * 1000,
  } as const;

  const tokenOf = (key: Buffer, transaction: string, browser: string) =>
    createHmac('sha256', key).update(`${transaction}.${browser}`).digest();
  const browserOf = ({ headers }: Pick<Request, 'headers'>) => {
    const cookie = readCookie(headers.cookie, name);
    return cookie !== null && COOKIE.test(cookie) ? cookie : null;
  };

  return {
    open(request, response, { id, until, request: asked }) {
      // The same one for every tab: opening a second must not break the first.
      const browser = browserOf(request) ?? random(32).toString('base64url');
      response.cookie(name, browser, attributes);
      const waiting: Waiting = { id, until, request: asked };
      const transaction = Buffer.from(JSON.stringify(waiting)).toString('base64url');
      return { transaction, csrf: tokenOf(keys[0]!, transaction, browser).toString('base64url') };
    },

    check(request, { transaction, csrf }) {
      // Browsers send `Origin` with every POST: one that is missing is not from a page of ours.
      if (!own.includes(request.headers.origin ?? '')) throw new Refusal('ORIGIN_NOT_ALLOWED');
      const browser = browserOf(request);
      const token = Buffer.from(csrf, 'base64url');
      if (browser === null || !keys.some((key) => equal(tokenOf(key, transaction, browser), token))) {
        throw new Refusal('TRANSACTION');
      }
      return JSON.parse(Buffer.from(transaction, 'base64url').toString()) as Waiting;
    },
  };
}
