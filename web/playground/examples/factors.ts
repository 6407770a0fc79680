import type { Part } from './example.ts';

export const FACTORS: Part = {
  title: 'Your second factors',
  audience: 'Signed-in users',
  examples: [
    {
      title: 'Your factors',
      about: 'How you can prove who you are, and how many recovery codes are left.',
      document: `query Factors {
  me {
    factors {
      password
      totp
      recoveryCodesLeft
    }
  }
}
`,
    },
    {
      title: 'Begin with an authenticator app',
      about: 'Returns the secret of a new app. It counts once its first code was confirmed.',
      document: `mutation StartTotp {
  startTotp {
    secret
    uri
    qrCode
  }
}
`,
    },
    {
      title: 'Confirm the app',
      about: 'Sets the app up by the code that it shows. Returns ten recovery codes, which are shown only here.',
      document: `mutation ConfirmTotp($code: String!) {
  confirmTotp(code: $code)
}
`,
      variables: { code: '' },
    },
    {
      title: 'Renew the recovery codes',
      about: 'Returns ten new codes, which are shown only here. The earlier ones are void.',
      document: `mutation RenewRecoveryCodes {
  renewRecoveryCodes
}
`,
    },
    {
      title: 'Remove the app',
      about: 'Removes the authenticator app. The recovery codes go with the last second factor.',
      document: `mutation RemoveTotp {
  removeTotp
}
`,
    },
  ],
};
