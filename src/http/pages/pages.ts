import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import escapeHtml from 'escape-html';
import type { RequestHandler, Router } from 'express';
import expressStaticGzip from 'express-static-gzip';
import helmet from 'helmet';
import { exactRouter } from '../middleware/exact_router.ts';

type Directives = Record<string, string[]>;

/** Allows only files of this server, and no inline style or script. */
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
 * The policy of the playground. Its editor, Monaco, writes HTML with `style` attributes, which are allowed only there.
 * Inline style elements and scripts are never allowed.
 */
const WITH_STYLE_ATTRIBUTES = policy({ ...OWN_FILES, 'style-src-attr': ["'unsafe-inline'"] });

/** The paths of the console. Its own router shows the requested page. */
export const CONSOLE_PATHS = ['/', '/sign-in', '/sign-up', '/account{/*rest}', '/admin{/*rest}'];

/**
 * Serves the HTML pages from the files of this server: the console, the playground and the reference of the REST
 * endpoints. A browser that opens `/graphql` gets the playground. Threat: it shows a query from the URL and must not
 * run it by itself. All other requests pass on to the graph.
 * @param folder the output of the build
 * @param publicUrl the public URL, whose path precedes every path that a browser requests
 */
export function pages(folder: string, publicUrl: string): Router {
  const base = escapeHtml(new URL(publicUrl).pathname.replace(/\/$/, ''));
  const router = exactRouter();
  // The policy of a worker comes from its own answer.
  if (existsSync(join(folder, 'assets'))) {
    router.use('/assets', onlyDecodable, WITH_STYLE_ATTRIBUTES, assets(join(folder, 'assets')));
  }
  const add = (paths: string[], name: string, ...steps: RequestHandler[]) => {
    const file = join(folder, `${name}.html`);
    if (existsSync(file)) router.get(paths, ...steps, show(withAssetsBelow(base, readFileSync(file, 'utf8'))));
  };
  add(CONSOLE_PATHS, 'console/index', STRICT);
  add(['/docs'], 'docs/index', STRICT);
  // The redirect URI of its Authorize button.
  add(['/docs/oauth2-redirect'], 'docs/redirect', STRICT);
  // Checked before the policy is set, so that answers of the graph keep the strict policy.
  add(['/graphql'], 'playground/index', onlyForBrowsers, WITH_STYLE_ATTRIBUTES);
  return router;
}

/**
 * Serves the files that the build compressed. Threat: compression on each request is work that any client can cause.
 */
function assets(folder: string): RequestHandler {
  return expressStaticGzip(folder, {
    enableBrotli: true,
    orderPreference: ['br', 'gzip'],
    index: false,
    // The names contain a digest of the content.
    serveStatic: { immutable: true, maxAge: '1y' },
  });
}

/** Skips paths that cannot be decoded, because `express-static-gzip` would answer them with its own error. */
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

/** Replaces the relative links of a built page to its scripts and styles. */
const withAssetsBelow = (base: string, html: string) => html.replaceAll('="../assets/', `="${base}/assets/`);

function show(html: string): RequestHandler {
  return (_request, response) => {
    response.vary('Accept').set('Cache-Control', 'no-cache').type('html').send(html);
  };
}

/** Returns the styles of the authorization pages, which are those of the console; empty if nothing was built. */
export function authorizeStyle(folder: string): string {
  const page = join(folder, 'authorize/index.html');
  if (!existsSync(page)) return '';
  const sheets = [...readFileSync(page, 'utf8').matchAll(/ href="([^"]+\.css)"/g)];
  return sheets.map(([, sheet]) => readFileSync(join(page, '..', sheet!), 'utf8')).join('');
}
