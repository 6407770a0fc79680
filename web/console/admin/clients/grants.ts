/** The ways of getting tokens that a client may be registered for. */
export const GRANTS = [
  {
    id: 'authorization_code',
    name: 'Authorization code',
    about: 'People sign in here and allow it.',
  },
  { id: 'refresh_token', name: 'Refresh token', about: 'It stays signed in.' },
  {
    id: 'client_credentials',
    name: 'Client credentials',
    about: 'It acts as itself, with its secret.',
  },
  { id: 'password', name: 'Password', about: 'It asks people for their password itself. For old programs only.' },
] as const;

/** Of a newer server's, which this page does not know yet, as it is spelt. */
export const nameOfGrant = (grant: string): string => GRANTS.find(({ id }) => id === grant)?.name ?? grant;
