import type { Part } from './example.ts';

export const ME = {
  title: 'Who am I?',
  about: 'The account of the caller, with its current values.',
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
  audience: 'Signed-in users',
  examples: [
    ME,
    {
      title: 'Protected data',
      about: 'A greeting for any active account.',
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
      about: 'An omitted field keeps its value. Null removes the full name.',
      document: `mutation UpdateMe($input: UpdateMeInput!) {
  updateMe(input: $input) {
    username
    fullName
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
