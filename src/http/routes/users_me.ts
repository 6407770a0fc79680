import type { Router } from 'express';
import { type GraphQLSchema, execute, parse } from 'graphql';
import { refusalOf } from '../../graphql/server/errors.ts';
import { exactRouter } from '../middleware/exact_router.ts';
import { noStore } from '../middleware/forms.ts';
import type { RequestContextFactory } from '../request_context.ts';

const ME = parse('{ me { id username email fullName disabled role createdAt lastLoginAt } }');

export interface UsersMeOptions {
  /** The shielded schema, so that the rules of `me` apply. */
  readonly schema: GraphQLSchema;
  readonly contextOf: RequestContextFactory;
}

/** Serves `GET /users/me`, the account of a bearer token, in the form that clients of the tutorial expect. */
export function usersMe({ schema, contextOf }: UsersMeOptions): Router {
  const router = exactRouter();
  router.get('/users/me', noStore, async (request, response) => {
    const { data, errors } = await execute({ schema, document: ME, contextValue: contextOf(request, response) });
    if (errors?.[0]) throw refusalOf(errors[0]);
    const { fullName, createdAt, lastLoginAt, ...same } = data!['me'] as Record<string, unknown>;
    response.json({ ...same, full_name: fullName, created_at: createdAt, last_login_at: lastLoginAt });
  });
  return router;
}
