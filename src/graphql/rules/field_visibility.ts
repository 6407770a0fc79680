import { Refusal, type RefusalKind } from '../../kernel/errors.ts';
import type { Context } from '../server/context.ts';
import { permissions } from './permissions.ts';
import { mayAccess, type RuleOptions } from './rules.ts';

/** Returns whether the caller can ever read a field, whatever its arguments and its parent are. */
export type FieldVisibility = (type: string, field: string) => boolean;

const WITHOUT_PERSON: readonly RefusalKind[] = ['CREDENTIALS', 'FORBIDDEN'];

/**
 * Resolves to a test of the fields of this server that the caller may reach. Fields of other subgraphs always pass it.
 * @throws SERVICE_UNAVAILABLE if the principal cannot be looked up
 */
export async function ownFieldVisibility(context: Context, options: RuleOptions): Promise<FieldVisibility> {
  const principal = await context.enrollee().catch((error: unknown) => {
    // The caller has no valid token, or is a program without a user.
    if (error instanceof Refusal && WITHOUT_PERSON.includes(error.kind)) return null;
    throw error;
  });
  return (type, field) => {
    const access = permissions[type]?.[field];
    return access === undefined || mayAccess(access, principal, options);
  };
}
