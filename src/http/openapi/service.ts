import { answer, json, NO_STORE, PAGE, type Part } from './answers.ts';

function get(operationId: string, [tag, summary]: readonly [tag: string, summary: string], responses: Part): Part {
  return { get: { operationId, tags: [tag], summary, security: [], responses } };
}

const CACHED = { 'Cache-Control': 'Cached' } as const;
const REVALIDATED = { 'Cache-Control': 'Revalidated' } as const;
const BY_ETAG = { ...REVALIDATED, ETag: 'ETag' } as const;

/** Returns the endpoints of discovery, health and metrics. */
export function describeService(metadata: Part): Readonly<Record<string, Part>> {
  const key = { kty: 'OKP', crv: 'Ed25519', x: '11qY…', kid: '9f3a…', alg: 'EdDSA', use: 'sig' };
  return {
    '/.well-known/oauth-authorization-server': get(
      'getMetadata',
      ['Discovery', 'Server metadata for client libraries'],
      {
        200: answer('RFC 8414.', CACHED, json('Metadata', { 'this server': metadata })),
      },
    ),
    '/.well-known/jwks.json': get('getKeys', ['Discovery', 'The public keys that verify tokens'], {
      200: answer('RFC 7517.', CACHED, json('Keys', { EdDSA: { keys: [key] }, HS256: { keys: [] } })),
    }),
    '/.well-known/webauthn': get(
      'getPasskeyOrigins',
      ['Discovery', 'The origins of other sites that may use the passkeys of this server'],
      {
        200: answer(
          'WebAuthn level 3, section 5.11.',
          CACHED,
          json('PasskeyOrigins', { related: { origins: ['https://app.example'] }, none: { origins: [] } }),
        ),
      },
    ),
    '/openapi.json': get('getOpenApi', ['Discovery', 'This document'], {
      200: answer('OpenAPI 3.1.', BY_ETAG, {
        'application/json': { schema: { type: 'object', additionalProperties: true } },
      }),
      304: answer('Not modified.', BY_ETAG),
    }),
    '/docs': get('showDocs', ['Discovery', 'This document as an interactive page'], {
      200: answer('Swagger UI, served from this server.', REVALIDATED, PAGE),
    }),
    '/health/live': get('getLive', ['Health', 'Check that the process is running'], {
      200: answer('Available.', NO_STORE, json('Live', { live: { status: 'ok' } })),
    }),
    '/health/ready': get('getReady', ['Health', 'Check that all dependencies are available'], {
      200: answer(
        'Available.',
        NO_STORE,
        json('Ready', { ready: { status: 'ok', checks: { database: 'ok', keyValue: 'ok' } } }),
      ),
      503: answer(
        'A dependency is unavailable. Requests that need it fail with 503. Load balancers should use another replica.',
        NO_STORE,
        json('Ready', {
          'Redis is unavailable': { status: 'unavailable', checks: { database: 'ok', keyValue: 'unavailable' } },
        }),
      ),
    }),
    '/metrics': get('getMetrics', ['Health', 'Metrics for Prometheus'], {
      200: answer('Metrics in the Prometheus text format.', NO_STORE, { 'text/plain': { schema: { type: 'string' } } }),
    }),
  };
}
