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
  /** The address clients use: TLS ends in front of us where it is https. */
  readonly publicUrl: string;
  readonly corsOrigins: readonly string[];
  readonly corsHeaders: readonly string[];
  readonly metrics: HttpMetrics;
  readonly tracing: Tracing;
  readonly routeOf: RouteOf;
  readonly log: Log;
}

/**
 * What every request passes, whatever serves it: its id and its line in the log, the headers of every answer, CORS; and
 * the answer to what fails, or is served by nobody.
 */
export function pipeline(options: PipelineOptions, serve: Middleware): Handler {
  const { publicUrl, log } = options;
  const steps = [identify(options), headers(publicUrl), refuseAmbiguous, allowOrigins(options), serve];
  const fail = answerError(log);
  return chain(steps, answerNothing, (error, response) => withRequestId(idOf(response), () => fail(error, response)));
}

/** The id of the request that is being answered. */
export function idOf(response: ServerResponse): string {
  return String(response.getHeader(ID));
}

const ID = 'X-Request-Id';

function answerNothing(_request: IncomingMessage, response: ServerResponse): void {
  sendJson(response, 404, { error: 'not_found', error_description: 'There is nothing here' });
}

/** The client had gone before there was an answer (as nginx has it). */
const GONE = 499;

/**
 * Gives the request its id; counts, traces and logs it by method, path, status, codes and operation: never its query,
 * headers or body.
 */
function identify({ log, metrics, tracing, routeOf }: PipelineOptions): Middleware {
  // Looking for secrets costs more than the rest of the line, whose fields are fixed.
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
      metrics.served(method, route, status, taken);
      metrics.failed(route, outcome);
      span?.end({ ...spanOf(method, route, status), failed: status >= 500 });
      const line = {
        requestId: id,
        method,
        path: cut(path),
        status,
        ms: Math.round(taken * 1000),
        // The log leaves out what is undefined.
        operation: outcome.operation,
        codes: outcome.codes.size === 0 ? undefined : [...outcome.codes],
      };
      access.info(span ? { ...line, trace_id: span.traceId } : line, 'request');
    });
    if (span) span.run(() => next());
    else next();
  };
}

/** By the names of OpenTelemetry's conventions for HTTP. A path may be anything a client makes up; a route is ours. */
function spanOf(method: string, route: string, status: number) {
  const known = methodOf(method);
  return {
    name: `${known} ${route}`,
    'http.request.method': known,
    'http.route': route,
    'http.response.status_code': status,
  };
}

/** The path of a request's target, which may be a whole URL (RFC 9112 section 3.2.2); of a user in that, nothing. */
function pathOf(target: string): string {
  return /^(?:[a-z][a-z\d+.-]*:\/\/[^/?#]*)?([^?#]*)/i.exec(target)![1]!;
}

/** An answer of data needs nothing from a page: everything is off. HSTS only where TLS is in front (RFC 6797 7.2). */
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
    // Tokens are read by pages of allowed origins, through CORS; nothing is ever embedded.
    crossOriginResourcePolicy: { policy: 'same-origin' },
    referrerPolicy: { policy: 'no-referrer' },
  });
  // They are the same for every answer: helmet is asked for them once.
  const all = new Map<string, string>();
  const recorder = { setHeader: (name: string, value: string) => all.set(name, value), removeHeader: () => undefined };
  policy({} as IncomingMessage, recorder as unknown as ServerResponse, () => undefined);
  return (_request, response, next) => {
    response.setHeaders(all);
    next();
  };
}

/** What pages send besides the content: our own, and what their libraries for GraphQL and for tracing add to every request. */
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
