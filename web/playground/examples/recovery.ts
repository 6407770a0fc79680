import type { Part } from './example.ts';

export const RECOVERY: Part = {
  title: 'Mailed links',
  audience: 'Everyone; invitations and handed links are for admins',
  examples: [
    {
      title: 'Forgot your password?',
      about: 'Mails a link and a code. The result is the same for every account, also for none.',
      document: `mutation RequestPasswordReset($account: String!) {
  requestPasswordReset(account: $account)
}
`,
      variables: { account: 'kandi@example.com' },
    },
    {
      title: 'Set a new password',
      about: 'By the token of the link, or by the code and the account. Ends all sessions.',
      document: `mutation ResetPassword($token: String, $code: String, $account: String, $newPassword: String!) {
  resetPassword(token: $token, code: $code, account: $account, newPassword: $newPassword)
}
`,
      variables: { token: null, code: '', account: 'kandi@example.com', newPassword: '' },
    },
    {
      title: 'Confirm your e-mail address',
      about: 'Mails a link and a code to your address.',
      document: `mutation RequestEmailVerification {
  requestEmailVerification
}
`,
    },
    {
      title: 'Use the code of a mail',
      about: 'Confirms the address, or completes a change of it.',
      document: `mutation VerifyEmail($token: String, $code: String) {
  verifyEmail(token: $token, code: $code)
}
`,
      variables: { token: null, code: '' },
    },
    {
      title: 'Change your e-mail address',
      about: 'Mails a link to the new address. The change is in force when the link is used.',
      document: `mutation ChangeEmail($email: String!) {
  changeEmail(email: $email)
}
`,
      variables: { email: 'kandi@example.com' },
    },
    {
      title: 'Undo a change of your e-mail address',
      about: 'By the link that your former address got. The password stops working, and all sessions end.',
      document: `mutation UndoEmailChange($token: String!) {
  undoEmailChange(token: $token)
}
`,
      variables: { token: '' },
    },
    {
      title: 'Invite a person',
      about: 'The account has no password before the invitation is accepted. Again for a new link.',
      document: `mutation InviteUser($input: InviteUserInput!) {
  inviteUser(input: $input) {
    link
    code
    expiresAt
  }
}
`,
      variables: { input: { username: 'kandi', email: 'kandi@example.com' } },
    },
    {
      title: 'Accept an invitation',
      about: 'Sets the first password of the account.',
      document: `mutation AcceptInvitation($token: String!, $password: String!) {
  acceptInvitation(token: $token, password: $password)
}
`,
      variables: { token: '', password: '' },
    },
    {
      title: 'Send a password reset',
      about: 'Mails the link, or returns it where there is no mail server.',
      document: `mutation SendPasswordReset($username: String!) {
  sendPasswordReset(username: $username) {
    link
    code
    expiresAt
  }
}
`,
      variables: { username: 'kandi' },
    },
  ],
};
