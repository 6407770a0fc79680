import type { Part } from './example.ts';

export const ME = {
  title: 'Who am I?',
  about: 'The account whose token is sent, as the server knows it at this moment.',
  document: `query Me {
  me {
    username
    fullName
    email
    role
    lastLoginAt
  }
}
`,
} as const;

export const ACCOUNT: Part = {
  title: 'Your account',
  audience: 'Everybody who is signed in',
  examples: [
    ME,
    {
      title: 'Protected data',
      about: 'Something for anybody whose account is active.',
      document: `query ProtectedData {
  protectedData {
    message
    role
  }
}
`,
    },
    {
      title: 'Change your profile',
      about: 'What is left out stays as it is; null takes the full name away.',
      document: `mutation UpdateMe($input: UpdateUserInput!) {
  updateMe(input: $input) {
    username
    fullName
    email
  }
}
`,
      variables: { input: { fullName: 'Kandi Brian' } },
    },
    {
      title: 'Change your password',
      about: 'Ends your other sessions. A wrong current password counts as a failed sign-in.',
      document: `mutation ChangePassword($currentPassword: String!, $newPassword: String!) {
  changePassword(currentPassword: $currentPassword, newPassword: $newPassword)
}
`,
      variables: { currentPassword: '', newPassword: '' },
    },
  ],
};
