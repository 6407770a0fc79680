/** The grant types that a client can be registered for. */
export const GRANTS = [
  {
    id: 'authorization_code',
    name: 'Authorization code',
    about: 'Users sign in on this server and allow access.',
  },
  { id: 'refresh_token', name: 'Refresh token', about: 'The client stays signed in.' },
  {
    id: 'client_credentials',
    name: 'Client credentials',
    about: 'The client acts for itself, with its secret.',
  },
  { id: 'password', name: 'Password', about: 'The client asks users for their password. Only for old programs.' },
] as const;

/** Returns the name of a grant type. A type that only a newer server knows is returned unchanged. */
export const nameOfGrant = (grant: string): string => GRANTS.find(({ id }) => id === grant)?.name ?? grant;
