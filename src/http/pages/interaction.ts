import { createHmac } from 'node:crypto';
import type { Request, Response } from 'express';
import { Refusal } from '../../kernel/errors.ts';
import { deriveKey, digestText, equal, random } from '../../kernel/secret.ts';
import {
  type AuthorizationRequest,
  TRANSACTION_SECONDS,
  type PendingInteraction,
} from '../../application/oauth/authorizations.ts';
import { isPending } from '../../application/authentication/pending.ts';
import { cookieRule, ownOrigins, readCookie } from '../cookies/cookies.ts';

/** What a form carries of its authorization. */
export interface FormFields {
  /** What waits, in the open: there is nothing in it that the client's request or the person's sign-in did not say. */
  readonly transaction: string;
  /** That we wrote it, for this browser. */
  readonly csrf: string;
}

type BrowserRequest = Pick<Request, 'headers'>;

/**
 * Keeps what waits for a person's answer in the form, tied to the browser it was shown in. Its cookie is `Lax`, since a
 * browser that arrives from the client's site sends no `Strict` one; it says which browser this is and nothing else.
 */
export interface Interactions {
  /** Sees to the browser's cookie. */
  open(request: BrowserRequest, response: Response, pending: PendingInteraction): FormFields;
  /**
   * What waits, as it was written. Throws ORIGIN_NOT_ALLOWED for a form of another origin, TRANSACTION for one that was
   * shown in another browser, or that is not as we wrote it.
   */
  check(request: BrowserRequest, shown: FormFields): PendingInteraction;
  /** Has the browser go on with what waits, and with who has signed in, when it asks for the same page again. */
  keep(request: BrowserRequest, response: Response, pending: PendingInteraction): void;
  /** What was kept for the same request of a client; null where nothing was, or in another browser. */
  resume(request: BrowserRequest, asked: AuthorizationRequest): PendingInteraction | null;
  /** Drops what was kept. */
  forget(response: Response): void;
}

/** What the browser keeps from the sign-in to the question. The request itself would be too long for a cookie. */
type KeptInteraction = Omit<PendingInteraction, 'request'> & { readonly asked: string };

const COOKIE = /^[\w-]{43}$/;

/** @param secrets `JWT_SECRET_KEY`, then the previous one while it is being replaced */
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
      // The same one for every tab: opening a second must not break the first.
      const browser = browserOf(request) ?? random(32).toString('base64url');
      response.cookie(name, browser, { ...lasting, sameSite: 'lax' });
      const pending: PendingInteraction = { id, until, request: asked, person };
      const transaction = Buffer.from(JSON.stringify(pending)).toString('base64url');
      return { transaction, csrf: forms.tag(transaction, browser) };
    },

    check(request, { transaction, csrf }) {
      // Browsers send `Origin` with every POST: one that is missing is not from a page of ours.
      if (!own.includes(request.headers.origin ?? '')) throw new Refusal('ORIGIN_NOT_ALLOWED');
      if (!forms.holds(transaction, csrf, browserOf(request))) throw new Refusal('TRANSACTION');
      return withPending(JSON.parse(Buffer.from(transaction, 'base64url').toString()) as PendingInteraction);
    },

    keep(request, response, { id, until, request: asked, person }) {
      const kept: KeptInteraction = { id, until, person, asked: digestOf(asked) };
      const text = Buffer.from(JSON.stringify(kept)).toString('base64url');
      // `Strict`: from another site, whose page may have a click of the person's land on ours, the way begins at the sign-in.
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

/** A form of an earlier release may hold another kind of sign-in: the person signs in again then. */
const withPending = (pending: PendingInteraction): PendingInteraction => ({
  ...pending,
  person: isPending(pending.person) ? pending.person : null,
});

const digestOf = (request: AuthorizationRequest) => digestText(JSON.stringify(request));

/** What says that a text is ours, of one purpose and for one browser. */
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
