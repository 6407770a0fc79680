import type { IncomingMessage, ServerResponse } from 'node:http';
import cors from 'cors';
import helmet from 'helmet';
import { cut } from '../../kernel/cut.ts';
import { type Log, UNREDACTED } from '../../kernel/log.ts';
import { stopwatch } from '../../kernel/metrics.ts';
import { makeRequestId, withRequestId } from '../../kernel/request_id.ts';
import type { Tracing } from '../../kernel/tracing.ts';
import { refuseAmbiguous } from './ambiguous.ts';
import { sendJson } from './json.ts';
import { type HttpMetrics, methodOf } from '../metrics.ts';
import { answerError } from './oauth_errors.ts';
import { outcomeOf } from './outcome.ts';
import type { RouteOf } from '../route_names.ts';
import { type Handler, chain, type Middleware } from './chain.ts';
import { TOKEN_NOTICE } from './token_notice.ts';

export interface PipelineOptions {
  /** The address that clients use. With https, a proxy in front terminates TLS. */
  readonly publicUrl: string;
  readonly corsOrigins: readonly string[];
  readonly corsHeaders: readonly string[];
  readonly metrics: HttpMetrics;
  readonly tracing: Tracing;
  readonly routeOf: RouteOf;
  readonly log: Log;
}

/**
 * Creates the steps of every request: its id, its log line, the common headers and CORS. It also answers requests that
 * fail and requests without a route.
 */
export function pipeline(options: PipelineOptions, serve: Middleware): Handler {
  const { publicUrl, log } = options;
  const steps = [identify(options), headers(publicUrl), refuseAmbiguous, allowOrigins(options), serve];
  const fail = answerError(log);
  return chain(steps, answerNothing, (error, response) => withRequestId(idOf(response), () => fail(error, response)));
}

/** Returns the id of the request that a response answers. */
export function idOf(response: ServerResponse): string {
  return String(response.getHeader(ID));
}

const ID = 'X-Request-Id';

function answerNothing(_request: IncomingMessage, response: ServerResponse): void {
  sendJson(response, 404, { error: 'not_found', error_description: 'There is nothing here' });
}

/** The status for a client that disconnected before the answer, as in nginx. */
const GONE = 499;

/**
 * Gives the request its id, and counts, traces and logs it by method, path, status, codes and operation. Threat: the
 * query, the headers and the body contain secrets and are never logged.
 */
function identify({ log, metrics, tracing, routeOf }: PipelineOptions): Middleware {
  // The fields are fixed and hold no secret. Redaction would cost more than the rest of the line.
  const access = log.child({}, UNREDACTED);
  return (request, response, next) => {
    const { method = '', url = '' } = request;
    const id = makeRequestId();
    const path = pathOf(url);
    const route = routeOf(path);
    const seconds = stopwatch();
    const span = tracing.serve(request.headers, { 'gatehouse.request_id': id });
    response.setHeader(ID, id);
    response.once('close', () => {
      const status = response.headersSent ? response.statusCode : GONE;
      const taken = seconds();
      const outcome = outcomeOf(response);
      metrics.served({ method, route, status }, taken);
      metrics.failed(route, outcome);
      span?.end({ ...spanOf(method, route, status), failed: status >= 500 });
      const line = {
        requestId: id,
        method,
        path: cut(path),
        status,
        ms: Math.round(taken * 1000),
        // The log omits undefined fields.
        operation: outcome.operation,
        codes: outcome.codes.size === 0 ? undefined : [...outcome.codes],
      };
      access.info(span ? { ...line, trace_id: span.traceId } : line, 'request');
    });
    if (span) span.run(() => next());
    else next();
  };
}

/**
 * Returns the attributes of a span, named by OpenTelemetry's conventions for HTTP. They have the route and not the
 * path, which the client chooses.
 */
function spanOf(method: string, route: string, status: number) {
  const known = methodOf(method);
  return {
    name: `${known} ${route}`,
    'http.request.method': known,
    'http.route': route,
    'http.response.status_code': status,
  };
}

/** Returns the path of a request target, which may be a whole URL with a user name (RFC 9112 section 3.2.2). */
function pathOf(target: string): string {
  return /^(?:[a-z][a-z\d+.-]*:\/\/[^/?#]*)?([^?#]*)/i.exec(target)![1]!;
}

/** Sets the security headers. Answers are data, so the policy allows nothing. HSTS only with https (RFC 6797 7.2). */
function headers(publicUrl: string): Middleware {
  const policy = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'frame-ancestors': ["'none'"],
        'base-uri': ["'none'"],
        'form-action': ["'none'"],
      },
    },
    strictTransportSecurity: publicUrl.startsWith('https:') && { maxAge: 63_072_000 },
    frameguard: { action: 'deny' },
    // Pages of allowed origins read tokens through CORS. No answer is ever embedded.
    crossOriginResourcePolicy: { policy: 'same-origin' },
    referrerPolicy: { policy: 'no-referrer' },
  });
  // Helmet runs once, because its headers are the same for every answer.
  const all = new Map<string, string>();
  const recorder = { setHeader: (name: string, value: string) => all.set(name, value), removeHeader: () => undefined };
  policy({} as IncomingMessage, recorder as unknown as ServerResponse, () => undefined);
  return (_request, response, next) => {
    response.setHeaders(all);
    next();
  };
}

/** The request headers that pages may send: those of this server, and those of GraphQL and tracing libraries. */
const PAGE_HEADERS = [
  ...['authorization', 'content-type', 'gatehouse-device', 'x-request-id', 'x-requested-with'],
  ...['apollo-require-preflight', 'graphql-require-preflight', 'x-apollo-operation-name'],
  ...['apollographql-client-name', 'apollographql-client-version'],
  ...['traceparent', 'tracestate', 'baggage', 'sentry-trace'],
  ...['b3', 'x-b3-traceid', 'x-b3-spanid', 'x-b3-parentspanid', 'x-b3-sampled', 'x-b3-flags'],
  ...['x-datadog-trace-id', 'x-datadog-parent-id', 'x-datadog-origin', 'x-datadog-sampling-priority', 'x-datadog-tags'],
];

function allowOrigins({ corsOrigins, corsHeaders }: PipelineOptions): Middleware {
  return cors({
    origin: [...corsOrigins],
    credentials: true,
    methods: ['GET', 'POST'],
    allowedHeaders: [...PAGE_HEADERS, ...corsHeaders],
    exposedHeaders: ['Gatehouse-Device', TOKEN_NOTICE, 'Retry-After', 'WWW-Authenticate', 'X-Request-Id'],
    maxAge: 600,
  });
}
