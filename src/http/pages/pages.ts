import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import escapeHtml from 'escape-html';
import type { RequestHandler, Router } from 'express';
import expressStaticGzip from 'express-static-gzip';
import helmet from 'helmet';
import { exactRouter } from '../middleware/exact_router.ts';

type Directives = Record<string, string[]>;

/** Nothing but this server's own files; no style or script in the page itself. */
const OWN_FILES: Directives = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'font-src': ["'self'"],
  'connect-src': ["'self'"],
  'worker-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
};

const policy = (directives: Directives) => helmet.contentSecurityPolicy({ useDefaults: false, directives });

const STRICT = policy(OWN_FILES);

/**
 * Monaco, the playground's editor, writes its lines as HTML with `style` attributes: those are allowed, on its page
 * alone; style elements and scripts never are.
 */
const WITH_STYLE_ATTRIBUTES = policy({ ...OWN_FILES, 'style-src-attr': ["'unsafe-inline'"] });

/** Where the console's pages are: its own router shows the one that is asked for. */
export const CONSOLE_PATHS = ['/', '/sign-in', '/sign-up', '/account{/*rest}', '/admin{/*rest}'];

/**
 * The pages for people, from this server's own files: the console, the playground, the reference of the REST endpoints.
 * A browser that opens `/graphql` gets the playground, which shows a query of the address and runs nothing by itself;
 * everything else goes on to the graph.
 * @param folder what the build wrote
 * @param publicUrl whose path stands before every path that a browser asks for
 */
export function pages(folder: string, publicUrl: string): Router {
  const base = escapeHtml(new URL(publicUrl).pathname.replace(/\/$/, ''));
  const router = exactRouter();
  // Workers take their policy from their own answer.
  if (existsSync(join(folder, 'assets'))) {
    router.use('/assets', onlyDecodable, WITH_STYLE_ATTRIBUTES, assets(join(folder, 'assets')));
  }
  const add = (paths: string[], name: string, ...steps: RequestHandler[]) => {
    const file = join(folder, `${name}.html`);
    if (existsSync(file)) router.get(paths, ...steps, show(withAssetsBelow(base, readFileSync(file, 'utf8'))));
  };
  add(CONSOLE_PATHS, 'console/index', STRICT);
  add(['/docs'], 'docs/index', STRICT);
  // Where its Authorize button comes back to from `/authorize`.
  add(['/docs/oauth2-redirect'], 'docs/redirect', STRICT);
  // Before the policy: what the graph answers keeps the strict one of data.
  add(['/graphql'], 'playground/index', onlyForBrowsers, WITH_STYLE_ATTRIBUTES);
  return router;
}

/** The build has compressed them: doing it for each request would be work that strangers could ask for. */
function assets(folder: string): RequestHandler {
  return expressStaticGzip(folder, {
    enableBrotli: true,
    orderPreference: ['br', 'gzip'],
    index: false,
    // Names carry a digest of the content.
    serveStatic: { immutable: true, maxAge: '1y' },
  });
}

/** Or `express-static-gzip` would answer by itself, in words and a type of its own. */
const onlyDecodable: RequestHandler = ({ path }, _response, next) => {
  try {
    decodeURIComponent(path);
    next();
  } catch {
    next('router');
  }
};

const onlyForBrowsers: RequestHandler = (request, _response, next) => {
  next(request.accepts(['json', 'html']) === 'html' ? undefined : 'route');
};

/** The build's pages say where their scripts and styles are from its own folders. */
const withAssetsBelow = (base: string, html: string) => html.replaceAll('="../assets/', `="${base}/assets/`);

function show(html: string): RequestHandler {
  return (_request, response) => {
    response.vary('Accept').set('Cache-Control', 'no-cache').type('html').send(html);
  };
}

/** The styles of the authorization endpoint's pages, which are those of the console; empty where nothing was built. */
export function authorizeStyle(folder: string): string {
  const page = join(folder, 'authorize/index.html');
  if (!existsSync(page)) return '';
  const sheets = [...readFileSync(page, 'utf8').matchAll(/ href="([^"]+\.css)"/g)];
  return sheets.map(([, sheet]) => readFileSync(join(page, '..', sheet!), 'utf8')).join('');
}
