import type { AuthClient } from 'gatehouse-client';
import { createContext, useContext } from 'react';

/** The kit's client, created by `main.tsx`, with the signed-in user and the access token. */
export const AuthContext = createContext<AuthClient | undefined>(undefined);

export function useAuth(): AuthClient {
  const auth = useContext(AuthContext);
  if (!auth) throw new Error('no auth client here');
  return auth;
}
