import { useQuery } from 'urql';
import { MeDocument } from './documents.ts';
import { useAuth } from './auth_context.ts';

const ADMIN = 'admin';

/** Whether the pages of admins are offered: as the server said last, until then as the token says. */
export function useIsAdmin(): boolean {
  const { user } = useAuth();
  const [{ data }] = useQuery({ query: MeDocument, requestPolicy: 'cache-first' });
  return (data?.me.role ?? user?.role) === ADMIN;
}
