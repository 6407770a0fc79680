import { answer, FAULTS, json, NO_STORE, NOTICE, type Part, refusal } from './answers.ts';

export const ACCOUNT: Readonly<Record<string, Part>> = {
  '/users/me': {
    get: {
      operationId: 'getMe',
      tags: ['Account'],
      summary: 'The account behind the access token',
      description:
        'Follows the same rules as `me` in GraphQL. Role and state are read from the account, not from the token.',
      security: [{ password: ['account'] }, { authorizationCode: ['account'] }, { bearer: [] }],
      responses: {
        200: answer(
          'The account.',
          { ...NO_STORE, ...NOTICE },
          json('User', {
            kandi: {
              id: '01977f0e-6a3b-7c52-9a8e-3d1f0b6c2e11',
              username: 'kandi',
              email: 'kandi@example.com',
              disabled: false,
              role: 'user',
              full_name: 'Kandi Brian',
              created_at: '2026-11-25T09:00:00.000Z',
              last_login_at: null,
            },
          }),
        ),
        400: refusal(
          'The token is valid, but its account is disabled.',
          {
            disabled: ['invalid_request', 'Inactive user', { code: 'INACTIVE_USER' }],
          },
          NOTICE,
        ),
        401: refusal(
          'The token is missing, invalid, expired or revoked.',
          { 'no valid token': ['invalid_token', 'Could not validate credentials'] },
          { ...NOTICE, 'WWW-Authenticate': 'BearerChallenge' },
        ),
        403: refusal(
          'The token does not have the required permissions.',
          { 'not allowed': ['insufficient_scope', 'Insufficient permissions'] },
          { ...NOTICE, 'WWW-Authenticate': 'BearerChallenge' },
        ),
        ...FAULTS,
      },
    },
  },
};
