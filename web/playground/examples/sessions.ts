import type { Part } from './example.ts';

export const SIGN_IN: Part = {
  title: 'Sign-in for programs',
  audience: 'Public',
  examples: [
    {
      title: 'Server facts',
      about: 'Shows if registration is open, and if the server accepts passkeys.',
      document: `query Gatehouse {
  gatehouse {
    registrationOpen
    passkeys
  }
}
`,
    },
    {
      title: 'Sign in',
      about:
        'Returns tokens. The form above does the same and keeps the refresh token in a cookie that scripts cannot read (delivery: COOKIE).',
      document: `mutation Login($username: String!, $password: String!) {
  login(username: $username, password: $password) {
    accessToken
    tokenType
    expiresIn
    refreshToken
  }
}
`,
      variables: { username: 'admin', password: '' },
    },
    {
      title: 'Second factor',
      about:
        'Continues a sign-in that was refused with SECOND_FACTOR_REQUIRED. The ticket is in the extensions of that error.',
      document: `mutation CompleteLogin($ticket: String!, $totp: String, $recoveryCode: String) {
  completeLogin(ticket: $ticket, totp: $totp, recoveryCode: $recoveryCode) {
    accessToken
    expiresIn
    refreshToken
  }
}
`,
      variables: { ticket: '', totp: '', recoveryCode: null },
    },
    {
      title: 'Confirm again',
      about:
        'Authenticates again, for a field that was refused with REAUTHENTICATION_REQUIRED. An account with a second factor needs it. The session continues with a new access token.',
      document: `mutation Reauthenticate($password: String, $totp: String) {
  reauthenticate(password: $password, totp: $totp) {
    accessToken
    expiresIn
  }
}
`,
      variables: { password: '', totp: null },
    },
    {
      title: 'Options of a passkey',
      about:
        'Returns what a page hands to navigator.credentials.get. With the ticket of a sign-in they name its passkeys.',
      document: `mutation StartPasskeyLogin($ticket: String) {
  startPasskeyLogin(ticket: $ticket) {
    challenge
    options
  }
}
`,
      variables: { ticket: null },
    },
    {
      title: 'Sign in with a passkey',
      about: 'Signs in without a name, by the response of navigator.credentials.get.',
      document: `mutation LoginWithPasskey($challenge: String!, $response: JSON!) {
  loginWithPasskey(challenge: $challenge, response: $response) {
    accessToken
    expiresIn
    refreshToken
  }
}
`,
      variables: { challenge: '', response: {} },
    },
    {
      title: 'Refresh',
      about: 'Exchanges a refresh token for new tokens. Reuse after the grace period ends every session.',
      document: `mutation Refresh($refreshToken: String!) {
  refresh(refreshToken: $refreshToken) {
    accessToken
    expiresIn
    refreshToken
  }
}
`,
      variables: { refreshToken: '' },
    },
    {
      title: 'Sign out',
      about: 'Ends the session of the refresh token, and that of the access token or cookie of the request.',
      document: `mutation Logout($refreshToken: String) {
  logout(refreshToken: $refreshToken)
}
`,
      variables: { refreshToken: null },
    },
    {
      title: 'Register',
      about: 'Creates an account for the caller, when REGISTRATION is open.',
      document: `mutation Register($input: RegisterInput!) {
  register(input: $input) {
    id
    username
  }
}
`,
      variables: { input: { username: 'kandi', email: 'kandi@example.com', fullName: 'Kandi Brian', password: '' } },
    },
  ],
};

export const SESSIONS: Part = {
  title: 'Sessions',
  audience: 'Signed-in users',
  examples: [
    {
      title: 'List my sessions',
      about: 'Your active sessions, the last used first.',
      document: `query MySessions {
  me {
    sessions {
      id
      current
      address
      userAgent
      client
      createdAt
      lastUsedAt
      expiresAt
    }
  }
}
`,
    },
    {
      title: 'End a session',
      about: 'Ends a session and denies its access tokens. Admins can end any session.',
      document: `mutation RevokeSession($id: ID!) {
  revokeSession(id: $id)
}
`,
      variables: { id: '' },
    },
    {
      title: 'Sign out everywhere',
      about: 'Ends all your sessions, including this one. Returns the number of ended sessions.',
      document: `mutation LogoutEverywhere {
  logoutEverywhere
}
`,
    },
  ],
};
