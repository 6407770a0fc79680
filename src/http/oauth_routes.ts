import {
  type ErrorRequestHandler,
  type Request,
  type RequestHandler,
  type Response,
  type Router,
  json,
  urlencoded,
} from 'express';
import { type GraphQLSchema, execute, parse } from 'graphql';
import type { Context } from '../graphql/context.ts';
import { refusalOf } from '../graphql/errors.ts';
import { Refusal } from '../kernel/errors.ts';
import { type Log, logFault } from '../kernel/log.ts';
import { invalidRequest, OAuthError, toOAuthError } from '../oauth/errors.ts';
import { readParameters } from '../oauth/parameters.ts';
import { createTokenEndpoint, toTokenResponse } from '../oauth/token.ts';
import type { UseCases } from '../signin/use_cases.ts';
import { BODY_LIMIT, bodyRefusal } from './bodies.ts';
import { exactRouter } from './exact_router.ts';

export interface OAuthRouteOptions {
  readonly useCases: Pick<UseCases, 'login' | 'refresh'>;
  /** The public keys (RFC 7517). */
  readonly jwks: object;
  /** The shielded graph: `/users/me` asks it, and so passes the same rules as `me`. */
  readonly schema: GraphQLSchema;
  readonly contextOf: (request: Request, response: Response) => Context;
}

const FORM = 'application/x-www-form-urlencoded';
const JSON_BODY = 'application/json';
const ME = parse('{ me { id username email fullName disabled role createdAt lastLoginAt } }');

/** The REST door, for OAuth2 clients. */
export function oauthRoutes({ useCases, jwks, schema, contextOf }: OAuthRouteOptions): Router {
  const router = exactRouter();
  const token = createTokenEndpoint(useCases);
  const form = urlencoded({ extended: false, limit: BODY_LIMIT, verify: refuseMalformed });
  const jsonBody = json({ limit: BODY_LIMIT });

  router.post('/token', noStore, accept(FORM), form, async (request, response) => {
    response.json(await token(readParameters(request.body), contextOf(request, response).origin));
  });

  router.post('/token/refresh', noStore, accept(FORM, JSON_BODY), form, jsonBody, async (request, response) => {
    const { origin, refreshCookie } = contextOf(request, response);
    const shown = readParameters(request.body).optional('refresh_token');
    const refreshToken = shown ?? refreshCookie.read();
    if (refreshToken === null) throw invalidRequest('The parameter refresh_token is missing');
    const signedIn = await useCases.refresh(refreshToken, origin);
    const { refresh_token, ...body } = toTokenResponse(signedIn);
    // It goes back the way it came: a cookie's token must never appear where a script can read it.
    if (shown === undefined) refreshCookie.write(refresh_token, signedIn.refreshExpiresAt);
    response.json(shown === undefined ? body : { ...body, refresh_token });
  });

  router.get('/users/me', noStore, async (request, response) => {
    const { data, errors } = await execute({ schema, document: ME, contextValue: contextOf(request, response) });
    if (errors?.[0]) throw refusalOf(errors[0]);
    const { fullName, createdAt, lastLoginAt, ...same } = data!['me'] as Record<string, unknown>;
    response.json({ ...same, full_name: fullName, created_at: createdAt, last_login_at: lastLoginAt });
  });

  router.get('/.well-known/jwks.json', (_request, response) => {
    response.set('Cache-Control', 'public, max-age=300').json(jwks);
  });

  return router;
}

/** RFC 6749 section 5.1: an answer with a token in it is nobody's to keep. */
const noStore: RequestHandler = (_request, response, next) => {
  response.set({ 'Cache-Control': 'no-store', Pragma: 'no-cache' });
  next();
};

function accept(...types: string[]): RequestHandler {
  return (request, _response, next) => {
    // RFC 6749 section 2.3.1: a URL ends up in logs and histories; a credential there is leaked already.
    if (Object.keys(request.query).length > 0) throw invalidRequest('Parameters belong into the body, not the URL');
    // A cookie alone may refresh: such a request has no body, and so no type. Browsers send its length all the same.
    const { 'content-type': type, 'content-length': length = '0' } = request.headers;
    const bare = type === undefined && Number(length) === 0;
    if (!bare && !request.is(types)) throw invalidRequest(`The body must be ${types.join(' or ')}`);
    next();
  };
}

/**
 * RFC 6749 appendix B: a form is UTF-8, percent-encoded. The parser would take every broken byte for one and the same
 * character, and a broken escape for itself: passwords that differ would be equal.
 */
function refuseMalformed(_request: unknown, _response: unknown, body: Buffer): void {
  decodeURIComponent(new TextDecoder('utf-8', { fatal: true }).decode(body));
}

/** What was thrown at the REST door, or on the way to any, in the form of RFC 6749 section 5.2. */
export function answerErrors(log: Log): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) return next(error);
    const refusal = error instanceof OAuthError ? error : bodyRefusal(error);
    if (refusal instanceof Refusal) logFault(refusal, log);
    const { code, message, status, retryAfter } = toOAuthError(refusal);
    // RFC 6750 section 3: a request without credentials is told the scheme and nothing else.
    const missing = refusal instanceof Refusal && refusal.reason === 'MISSING';
    if (status === 401) response.set('WWW-Authenticate', missing ? 'Bearer' : `Bearer error="${code}"`);
    if (retryAfter !== undefined) response.set('Retry-After', String(retryAfter));
    response.status(status).json({ error: code, error_description: message });
  };
}
