import type { Router } from 'express';
import { createClientAuthentication } from '../../oauth/client_authentication.ts';
import { missingParameter } from '../../oauth/errors.ts';
import { createIntrospectionEndpoint } from '../../oauth/introspect.ts';
import type { Metadata } from '../../oauth/metadata.ts';
import { readParameters } from '../../oauth/parameters.ts';
import { createRevocationEndpoint } from '../../oauth/revoke.ts';
import { createTokenEndpoint, toTokenResponse } from '../../oauth/token.ts';
import type { UseCases } from '../../application/use_cases.ts';
import { JWKS_SECONDS } from '../../keys/key_states.ts';
import { JSON_BODY, jsonBody } from '../middleware/bodies.ts';
import { exactRouter } from '../middleware/exact_router.ts';
import { accept, FORM, formBody, noStore } from '../middleware/forms.ts';
import { authorizationHeaders, type RequestContextFactory } from '../request_context.ts';

export interface OAuthRouteOptions {
  readonly useCases: UseCases;
  readonly contextOf: RequestContextFactory;
  /** The server metadata (RFC 8414). */
  readonly metadata: Metadata;
  /** The claims that all tokens share. */
  readonly tokens: { readonly issuer: string; readonly audience: string };
  /** The public keys (RFC 7517). */
  readonly jwks: () => object;
}

const CACHED = `public, max-age=${JWKS_SECONDS}`;

/** Serves the REST door, for OAuth2 clients. */
export function oauthRoutes(options: OAuthRouteOptions): Router {
  const { useCases, contextOf, metadata, tokens, jwks } = options;
  const router = exactRouter();
  const authenticateClient = createClientAuthentication(useCases.clients);
  const token = createTokenEndpoint(useCases, authenticateClient);
  const revoke = createRevocationEndpoint(useCases, authenticateClient);
  const introspect = createIntrospectionEndpoint(useCases, authenticateClient, tokens);

  router.post('/token', noStore, accept(FORM), formBody, async (request, response) => {
    const { origin, refreshCookie, giveDevice } = contextOf(request, response);
    const parameters = readParameters(request.body);
    const authorization = authorizationHeaders(request);
    const { isForeignPage } = refreshCookie;
    const { body, deviceToken } = await token({ parameters, authorization, origin, isForeignPage });
    if (deviceToken !== undefined) giveDevice(deviceToken);
    response.json(body);
  });

  router.post('/token/refresh', noStore, accept(FORM, JSON_BODY), formBody, jsonBody, async (request, response) => {
    const { origin, refreshCookie } = contextOf(request, response);
    const shown = readParameters(request.body).optional('refresh_token');
    const refreshToken = shown ?? refreshCookie.read();
    if (refreshToken === null) throw missingParameter('refresh_token');
    const signedIn = await useCases.refresh(refreshToken, null, origin);
    const { refresh_token, ...body } = toTokenResponse(signedIn);
    // The new token travels like the old one: a token from a cookie must never appear where a script can read it.
    if (shown === undefined) refreshCookie.write(signedIn.refreshToken, signedIn.refreshExpiresAt);
    response.json(shown === undefined ? body : { ...body, refresh_token });
  });

  router.post('/revoke', noStore, accept(FORM), formBody, async (request, response) => {
    const { origin } = contextOf(request, response);
    await revoke(authorizationHeaders(request), readParameters(request.body), origin);
    response.status(200).end();
  });

  router.post('/introspect', noStore, accept(FORM), formBody, async (request, response) => {
    response.json(await introspect(authorizationHeaders(request), readParameters(request.body)));
  });

  router.get('/.well-known/jwks.json', (_request, response) => {
    response.set('Cache-Control', CACHED).json(jwks());
  });

  router.get('/.well-known/oauth-authorization-server', (_request, response) => {
    response.set('Cache-Control', CACHED).json(metadata);
  });

  return router;
}
