import type { Part } from './example.ts';

export const SIGN_IN: Part = {
  title: 'Signing in, as a program does',
  audience: 'Anybody',
  examples: [
    {
      title: 'What a sign-in page must know',
      about: 'Whether people may register themselves here.',
      document: `query Gatehouse {
  gatehouse {
    registrationOpen
  }
}
`,
    },
    {
      title: 'Sign in',
      about:
        'Answers the tokens. The form above does the same, and keeps the refresh token in a cookie that no script reads (delivery: COOKIE).',
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
      title: 'Refresh',
      about: 'Uses a refresh token up for new tokens. One that comes back after its grace ends every session.',
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
      about: 'Ends the session of that refresh token, and that of the token or cookie that is sent.',
      document: `mutation Logout($refreshToken: String) {
  logout(refreshToken: $refreshToken)
}
`,
      variables: { refreshToken: null },
    },
    {
      title: 'Register',
      about: 'Makes an account for whoever asks, where REGISTRATION is open.',
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
  audience: 'Everybody who is signed in',
  examples: [
    {
      title: 'Where am I signed in?',
      about: 'Each sign-in on a device or by a program, used last first.',
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
      about: 'One of your own, or for admins anybody’s, with all of its access tokens.',
      document: `mutation RevokeSession($id: ID!) {
  revokeSession(id: $id)
}
`,
      variables: { id: '' },
    },
    {
      title: 'Sign out everywhere',
      about: 'Ends all of your sessions, this one too: how many there were.',
      document: `mutation LogoutEverywhere {
  logoutEverywhere
}
`,
    },
  ],
};
