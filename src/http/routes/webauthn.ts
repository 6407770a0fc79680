import type { Router } from 'express';
import { exactRouter } from '../middleware/exact_router.ts';

/**
 * Serves the origins of other sites that may use the passkeys of this server (WebAuthn level 3, section 5.11). Browsers
 * read it without credentials at `https://<RP ID>/.well-known/webauthn`.
 */
export function webauthnRoute(relatedOrigins: readonly string[]): Router {
  const router = exactRouter();
  router.get('/.well-known/webauthn', (_request, response) => {
    // Pages of other sites ask for it, and it holds only what their browsers need to know.
    response.set('Cross-Origin-Resource-Policy', 'cross-origin');
    response.set('Cache-Control', 'public, max-age=300').json({ origins: relatedOrigins });
  });
  return router;
}
