import { createHmac } from 'node:crypto';
import type { Request, Response } from 'express';
import { Refusal } from '../../kernel/errors.ts';
import { ownOrigins } from '../../kernel/origins.ts';
import { deriveKey, digestText, equal, random } from '../../kernel/secret.ts';
import {
  type AuthorizationRequest,
  TRANSACTION_SECONDS,
  type PendingInteraction,
} from '../../application/oauth/authorizations.ts';
import { isPending } from '../../application/authentication/pending.ts';
import { cookieRule, readCookie } from '../cookies/cookies.ts';

/** The hidden fields of a form. */
export interface FormFields {
  /** The pending authorization, not encrypted. It holds only data from the client's request and the user's sign-in. */
  readonly transaction: string;
  /** The proof that this server wrote the transaction for this browser. */
  readonly csrf: string;
}

type BrowserRequest = Pick<Request, 'headers'>;

/**
 * Stores a pending authorization in the form, bound to the browser by a cookie. The cookie only identifies the browser.
 * It is `Lax`, because a browser that arrives from the client's site does not send a `Strict` one.
 */
export interface Interactions {
  /** Returns the fields of a form for this browser, and sets its cookie. */
  open(request: BrowserRequest, response: Response, pending: PendingInteraction): FormFields;
  /**
   * Returns the pending authorization of a form, unchanged.
   * @throws ORIGIN_NOT_ALLOWED for a form of another origin
   * @throws TRANSACTION for a form of another browser, and for one that this server did not write
   */
  check(request: BrowserRequest, shown: FormFields): PendingInteraction;
  /** Stores the pending authorization and its user in a cookie, for the next request of the same page. */
  keep(request: BrowserRequest, response: Response, pending: PendingInteraction): void;
  /**
   * Returns the authorization that was stored for the same request of a client; null without one, or in another
   * browser.
   */
  resume(request: BrowserRequest, asked: AuthorizationRequest): PendingInteraction | null;
  /** Clears the stored authorization. */
  forget(response: Response): void;
}

/**
 * The content of the cookie between sign-in and consent. It has the request's digest: a request is too long for a
 * cookie.
 */
type KeptInteraction = Omit<PendingInteraction, 'request'> & { readonly asked: string };

const COOKIE = /^[\w-]{43}$/;

/** Creates the interactions. @param secrets `JWT_SECRET_KEY`, then the previous one while it is being replaced */
export function createInteractions(secrets: readonly string[], publicUrl: string): Interactions {
  const forms = createSeal(secrets, 'authorize-csrf');
  const sessions = createSeal(secrets, 'authorize-signed-in');
  const { secure, nameOf } = cookieRule(publicUrl);
  const own = ownOrigins(publicUrl);
  const [name, signedIn] = [nameOf('gatehouse_interaction'), nameOf('gatehouse_signed_in')];
  const attributes = { httpOnly: true, secure, path: '/' } as const;
  const lasting = { ...attributes, maxAge: TRANSACTION_SECONDS * 1000 };

  const browserOf = ({ headers }: BrowserRequest) => {
    const cookie = readCookie(headers.cookie, name);
    return cookie !== null && COOKIE.test(cookie) ? cookie : null;
  };

  return {
    open(request, response, { id, until, request: asked, person }) {
      // All tabs share the cookie, so that a second tab does not break the first.
      const browser = browserOf(request) ?? random(32).toString('base64url');
      response.cookie(name, browser, { ...lasting, sameSite: 'lax' });
      const pending: PendingInteraction = { id, until, request: asked, person };
      const transaction = Buffer.from(JSON.stringify(pending)).toString('base64url');
      return { transaction, csrf: forms.tag(transaction, browser) };
    },

    check(request, { transaction, csrf }) {
      // Browsers send `Origin` with every POST, so a request without it is not from a page of this server.
      if (!own.includes(request.headers.origin ?? '')) throw new Refusal('ORIGIN_NOT_ALLOWED');
      if (!forms.holds(transaction, csrf, browserOf(request))) throw new Refusal('TRANSACTION');
      return withPending(JSON.parse(Buffer.from(transaction, 'base64url').toString()) as PendingInteraction);
    },

    keep(request, response, { id, until, request: asked, person }) {
      const kept: KeptInteraction = { id, until, person, asked: digestOf(asked) };
      const text = Buffer.from(JSON.stringify(kept)).toString('base64url');
      // `Strict`, so that a request from another site begins with the sign-in. Threat: a page of another site may make
      // a click of the user land on the Allow button.
      const value = `${text}.${sessions.tag(text, browserOf(request) ?? '')}`;
      response.cookie(signedIn, value, { ...lasting, sameSite: 'strict' });
    },

    resume(request, asked) {
      const [text = '', tag = ''] = (readCookie(request.headers.cookie, signedIn) ?? '').split('.');
      if (!sessions.holds(text, tag, browserOf(request))) return null;
      const { asked: digest, ...kept } = JSON.parse(Buffer.from(text, 'base64url').toString()) as KeptInteraction;
      return digest === digestOf(asked) ? withPending({ ...kept, request: asked }) : null;
    },

    forget: (response) => void response.clearCookie(signedIn, { ...attributes, sameSite: 'strict' }),
  };
}

/** Removes the sign-in of an earlier release, which may have another shape. The user signs in again. */
const withPending = (pending: PendingInteraction): PendingInteraction => ({
  ...pending,
  person: isPending(pending.person) ? pending.person : null,
});

const digestOf = (request: AuthorizationRequest) => digestText(JSON.stringify(request));

/** Creates a seal, which proves that this server wrote a text for one purpose and one browser. */
function createSeal(secrets: readonly string[], purpose: string) {
  const keys = secrets.map((secret) => deriveKey(secret, purpose));
  const tagOf = (key: Buffer, text: string, browser: string) =>
    createHmac('sha256', key).update(`${text}.${browser}`).digest();
  return {
    tag: (text: string, browser: string) => tagOf(keys[0]!, text, browser).toString('base64url'),
    holds(text: string, tag: string, browser: string | null) {
      const shown = Buffer.from(tag, 'base64url');
      return browser !== null && keys.some((key) => equal(tagOf(key, text, browser), shown));
    },
  };
}
