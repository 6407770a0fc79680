import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import express, { type RequestHandler, Router } from 'express';
import helmet from 'helmet';

/** Monaco writes its theme and its measurements as style elements and attributes; on this page alone, scripts never. */
const PLAYGROUND_POLICY = helmet.contentSecurityPolicy({
  useDefaults: false,
  directives: {
    'default-src': ["'none'"],
    'script-src': ["'self'"],
    'style-src': ["'self'", "'unsafe-inline'"],
    'img-src': ["'self'", 'data:'],
    'font-src': ["'self'"],
    'connect-src': ["'self'"],
    'worker-src': ["'self'"],
    'base-uri': ["'none'"],
    'form-action': ["'none'"],
    'frame-ancestors': ["'none'"],
  },
});

/**
 * The playground: GraphiQL from this server's own files. A browser that opens `/graphql` gets the page; everything else
 * goes on to the graph.
 * @param folder what the build wrote
 */
export function playground(folder: string): Router {
  const router = Router();
  const page = join(folder, 'index.html');
  // Assets carry a digest of their content in their names.
  router.use('/playground/assets', express.static(join(folder, 'assets'), { immutable: true, maxAge: '1y', index: false }));
  if (!existsSync(page)) return router;
  const html = readFileSync(page);
  const show: RequestHandler = (request, response, next) => {
    const wantsPage = request.query['query'] === undefined && request.accepts(['json', 'html']) === 'html';
    if (!wantsPage) return next();
    response.set('Cache-Control', 'no-cache').type('html').send(html);
  };
  router.get('/graphql', PLAYGROUND_POLICY, show);
  return router;
}
