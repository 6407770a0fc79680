import { answer, json, NO_STORE, PAGE, type Part } from './answers.ts';

function get(operationId: string, tag: string, summary: string, responses: Part, more: Part = {}): Part {
  return { get: { operationId, tags: [tag], summary, security: [], ...more, responses } };
}

const CACHED = { 'Cache-Control': 'Cached' } as const;
const REVALIDATED = { 'Cache-Control': 'Revalidated' } as const;
const BY_ETAG = { ...REVALIDATED, ETag: 'ETag' } as const;

/** What says how the service is used, and how it is. */
export function describeService(metadata: Part): Readonly<Record<string, Part>> {
  const key = { kty: 'OKP', crv: 'Ed25519', x: '11qY…', kid: '9f3a…', alg: 'EdDSA', use: 'sig' };
  return {
    '/.well-known/oauth-authorization-server': get(
      'getMetadata',
      'Discovery',
      'What works here, for client libraries',
      {
        200: answer('RFC 8414.', CACHED, json('Metadata', { 'this server': metadata })),
      },
    ),
    '/.well-known/jwks.json': get('getKeys', 'Discovery', 'The public keys that tokens are verified with', {
      200: answer('RFC 7517.', CACHED, json('Keys', { EdDSA: { keys: [key] }, HS256: { keys: [] } })),
    }),
    '/openapi.json': get('getOpenApi', 'Discovery', 'This document', {
      200: answer('OpenAPI 3.1.', BY_ETAG, {
        'application/json': { schema: { type: 'object', additionalProperties: true } },
      }),
      304: answer('It is as it was.', BY_ETAG),
    }),
    '/docs': get('showDocs', 'Discovery', 'This document as a page, to try things on', {
      200: answer('Swagger UI, of this server’s own files.', REVALIDATED, PAGE),
    }),
    '/health/live': get('getLive', 'Health', 'Whether the process answers', {
      200: answer('It does.', NO_STORE, json('Live', { live: { status: 'ok' } })),
    }),
    '/health/ready': get('getReady', 'Health', 'Whether everything answers that requests need', {
      200: answer(
        'It does.',
        NO_STORE,
        json('Ready', { ready: { status: 'ok', checks: { database: 'ok', keyValue: 'ok' } } }),
      ),
      503: answer(
        'Something is away. What needs it is refused with 503; whatever balances should ask another replica.',
        NO_STORE,
        json('Ready', {
          'Redis is away': { status: 'unavailable', checks: { database: 'ok', keyValue: 'unavailable' } },
        }),
      ),
    }),
    '/metrics': get('getMetrics', 'Health', 'Counts and times, for Prometheus', {
      200: answer('The text format of Prometheus.', NO_STORE, { 'text/plain': { schema: { type: 'string' } } }),
    }),
  };
}
