import { Refusal } from '../../kernel/errors.ts';
import type { Context } from '../server/context.ts';
import { permissions } from './permissions.ts';
import { mayAccess, type RuleOptions } from './rules.ts';

/** Whether whoever asks may ever be answered a field, whatever its arguments and its parent are. */
export type FieldVisibility = (type: string, field: string) => boolean;

/** What the caller may reach of our own fields; of others there is nothing to say here. Rejects with SERVICE_UNAVAILABLE. */
export async function ownFieldVisibility(context: Context, options: RuleOptions): Promise<FieldVisibility> {
  const principal = await context.principal().catch((error: unknown) => {
    // No token that counts, or a program under its own name.
    if (error instanceof Refusal && (error.kind === 'CREDENTIALS' || error.kind === 'FORBIDDEN')) return null;
    throw error;
  });
  return (type, field) => {
    const access = permissions[type]?.[field];
    return access === undefined || mayAccess(access, principal, options);
  };
}
