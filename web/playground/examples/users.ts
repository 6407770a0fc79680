import type { Example, Part } from './example.ts';

const KANDI = { username: 'kandi' };

/** Returns the example of a mutation that changes one account and returns it. */
function change(
  about: Pick<Example, 'title' | 'about'>,
  field: string,
  more: Record<string, [string, unknown]>,
): Example {
  const declared = Object.entries(more).map(([name, [type]]) => `, $${name}: ${type}`);
  const passed = Object.keys(more).map((name) => `, ${name}: $${name}`);
  const values = Object.entries(more).map(([name, [, value]]) => [name, value]);
  return {
    ...about,
    document: `mutation ${field[0]!.toUpperCase()}${field.slice(1)}($username: String!${declared.join('')}) {
  ${field}(username: $username${passed.join('')}) {
    username
    email
    fullName
    role
    disabled
    lockedUntil
  }
}
`,
    variables: { ...KANDI, ...(Object.fromEntries(values) as object) },
  };
}

export const USERS: Part = {
  title: 'Accounts',
  audience: 'Admins',
  examples: [
    {
      title: 'The dashboard',
      about: 'A greeting and totals.',
      document: `query AdminDashboard {
  adminDashboard {
    message
    user
    totalUsers
    activeSessions
  }
}
`,
    },
    {
      title: 'Find accounts',
      about: 'Returns one page. Pass endCursor as `after` to get the next one.',
      document: `query Users($search: String, $role: String, $orderBy: UserOrderField, $descending: Boolean, $after: String) {
  users(first: 20, search: $search, role: $role, orderBy: $orderBy, descending: $descending, after: $after) {
    totalCount
    pageInfo {
      hasNextPage
      endCursor
    }
    edges {
      node {
        username
        fullName
        email
        role
        disabled
        lastLoginAt
      }
    }
  }
}
`,
      variables: { search: null, role: null, orderBy: 'LAST_LOGIN_AT', descending: true, after: null },
    },
    {
      title: 'One account',
      about: 'An account with its sessions and its lock. Null when there is no such account.',
      document: `query User($username: String!) {
  user(username: $username) {
    id
    username
    fullName
    email
    role
    disabled
    createdAt
    lastLoginAt
    lockedUntil
    sessions {
      id
      address
      userAgent
      lastUsedAt
    }
  }
}
`,
      variables: KANDI,
    },
    {
      title: 'List roles',
      about: 'The roles and their scopes. `*` stands for every scope.',
      document: `query AccountRoles {
  accountRoles {
    name
    scopes
  }
}
`,
    },
    {
      title: 'Create an account',
      about: 'The username never changes and is never assigned again.',
      document: `mutation CreateUser($input: CreateUserInput!) {
  createUser(input: $input) {
    id
    username
    role
  }
}
`,
      variables: {
        input: { ...KANDI, email: 'kandi@example.com', fullName: 'Kandi Brian', password: '', role: 'user' },
      },
    },
    change({ title: 'Change a profile', about: 'An omitted field keeps its value.' }, 'updateUser', {
      input: ['UpdateUserInput!', { email: 'kandi@example.com' }],
    }),
    change(
      { title: 'Change a role', about: 'Applies from the next request, also for tokens issued before.' },
      'setUserRole',
      {
        role: ['String!', 'admin'],
      },
    ),
    change(
      { title: 'Disable an account', about: 'Ends its sessions at once. Set disabled to false to enable it again.' },
      'setUserDisabled',
      { disabled: ['Boolean!', true] },
    ),
    change({ title: 'Set a password', about: 'Ends all sessions of the account.' }, 'setUserPassword', {
      newPassword: ['String!', ''],
    }),
    change(
      {
        title: 'Reset second factors',
        about: 'Helps a user who lost them. Ends all sessions; the reason is recorded.',
      },
      'resetUserFactors',
      { reason: ['String!', 'lost the phone'] },
    ),
    change(
      { title: 'Unlock', about: 'Clears failed sign-ins, so that the next attempt need not wait.' },
      'unlockUser',
      {},
    ),
    {
      title: 'End all sessions of a user',
      about: 'Ends them and denies their access tokens. Returns the number of ended sessions.',
      document: `mutation RevokeUserSessions($username: String!) {
  revokeUserSessions(username: $username)
}
`,
      variables: KANDI,
    },
    {
      title: 'Delete an account',
      about: 'This is permanent. The username is never assigned again.',
      document: `mutation DeleteUser($username: String!) {
  deleteUser(username: $username)
}
`,
      variables: KANDI,
    },
  ],
};
