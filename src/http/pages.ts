import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import express, { type RequestHandler, type Router } from 'express';
import helmet from 'helmet';
import { exactRouter } from './exact_router.ts';

/**
 * Nothing but this server's own files. Monaco, the editor, writes its lines as HTML with `style` attributes: those are
 * allowed, on this page alone; style elements and scripts never are.
 */
const PLAYGROUND_POLICY = helmet.contentSecurityPolicy({
  useDefaults: false,
  directives: {
    'default-src': ["'none'"],
    'script-src': ["'self'"],
    'style-src': ["'self'"],
    'style-src-attr': ["'unsafe-inline'"],
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
  const router = exactRouter();
  const page = join(folder, 'index.html');
  // Assets carry a digest of their content in their names. Workers take their policy from their own answer.
  const assets = express.static(join(folder, 'assets'), { immutable: true, maxAge: '1y', index: false });
  router.use('/playground/assets', PLAYGROUND_POLICY, assets);
  if (!existsSync(page)) return router;
  const html = readFileSync(page);
  // First of all: what the graph answers keeps the strict policy of data.
  const onlyForBrowsers: RequestHandler = (request, _response, next) => {
    const wantsPage = request.query['query'] === undefined && request.accepts(['json', 'html']) === 'html';
    next(wantsPage ? undefined : 'route');
  };
  const show: RequestHandler = (_request, response) => {
    response.vary('Accept').set('Cache-Control', 'no-cache').type('html').send(html);
  };
  router.get('/graphql', onlyForBrowsers, PLAYGROUND_POLICY, show);
  return router;
}
