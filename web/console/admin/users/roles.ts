import { useQuery } from 'urql';
import type { Option } from '../../ui/select.tsx';
import { AccountRolesDocument } from './documents.ts';

/** Returns the server's roles with their scopes as options. Empty while they load. */
export function useRoles(): readonly Option[] {
  const [{ data }] = useQuery({ query: AccountRolesDocument, requestPolicy: 'cache-first' });
  return (data?.accountRoles ?? []).map(({ name, scopes }) => ({ id: name, name, about: aboutScopes(scopes) }));
}

function aboutScopes(scopes: readonly string[]): string {
  if (scopes.includes('*')) return 'Every scope';
  return scopes.length === 0 ? 'No scope' : `Scopes: ${scopes.join(', ')}`;
}
