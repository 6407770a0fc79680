import type { Router } from 'express';
import { digestText } from '../../kernel/secret.ts';
import { exactRouter } from '../middleware/exact_router.ts';
import { createOpenApi, type OpenApiOptions } from '../openapi/openapi.ts';

/** Serves the OpenAPI document for programs. `/docs` shows it to people. */
export function openApiRoute(options: OpenApiOptions): Router {
  const document = JSON.stringify(createOpenApi(options));
  const tag = `"${digestText(document)}"`;
  const router = exactRouter();
  router.get('/openapi.json', (_request, response) => {
    response.set({ 'Cache-Control': 'no-cache', ETag: tag }).type('json').send(document);
  });
  return router;
}
