import { useQuery } from 'urql';
import { MeDocument } from './documents.ts';
import { useAuth } from './auth_context.ts';

const ADMIN = 'admin';

/** Returns true if the user is an admin: by the last response of the server, or by the token until then. */
export function useIsAdmin(): boolean {
  const { user } = useAuth();
  const [{ data }] = useQuery({ query: MeDocument, requestPolicy: 'cache-first' });
  return (data?.me.role ?? user?.role) === ADMIN;
}
