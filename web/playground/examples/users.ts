import type { Example, Part } from './example.ts';

const KANDI = { username: 'kandi' };

/** A change of one account, which answers the account. */
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
      about: 'Totals, and a welcome.',
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
      about: 'A page of them. For the next one, give its endCursor as `after`.',
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
      about: 'With where it is signed in, and until when failed sign-ins hold it back. Null where there is none.',
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
      title: 'The roles there are',
      about: 'With what each may do: `*` is everything.',
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
    change({ title: 'Change a profile', about: 'What is left out stays as it is.' }, 'updateUser', {
      input: ['UpdateUserInput!', { email: 'kandi@example.com' }],
    }),
    change(
      { title: 'Give another role', about: 'Counts from the next request on, for tokens that are out too.' },
      'setUserRole',
      {
        role: ['String!', 'admin'],
      },
    ),
    change(
      { title: 'Lock an account out', about: 'Disabling ends its sessions at once; false lets it in again.' },
      'setUserDisabled',
      { disabled: ['Boolean!', true] },
    ),
    change({ title: 'Give another password', about: 'Ends all sessions of the account.' }, 'setUserPassword', {
      newPassword: ['String!', ''],
    }),
    change(
      { title: 'Unlock', about: 'Forgets failed sign-ins, so that the next one need not wait.' },
      'unlockUser',
      {},
    ),
    {
      title: 'End somebody’s sessions',
      about: 'All of them, with their access tokens: how many there were.',
      document: `mutation RevokeUserSessions($username: String!) {
  revokeUserSessions(username: $username)
}
`,
      variables: KANDI,
    },
    {
      title: 'Delete an account',
      about: 'For good. Its name is never given out again.',
      document: `mutation DeleteUser($username: String!) {
  deleteUser(username: $username)
}
`,
      variables: KANDI,
    },
  ],
};
