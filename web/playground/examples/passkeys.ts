import type { Part } from './example.ts';

export const PASSKEYS: Part = {
  title: 'Passkeys',
  audience: 'Signed-in users',
  examples: [
    {
      title: 'Your passkeys',
      about: 'The passkeys of your account, and whether it has a password.',
      document: `query Passkeys {
  me {
    factors {
      password
      passkeys {
        id
        name
        createdAt
        lastUsedAt
        backedUp
      }
    }
  }
}
`,
    },
    {
      title: 'Options of a new passkey',
      about: 'Returns what a page hands to navigator.credentials.create. They belong to your session.',
      document: `mutation StartPasskey {
  startPasskey {
    challenge
    options
  }
}
`,
    },
    {
      title: 'Add a passkey',
      about: 'Adds a passkey by the response of navigator.credentials.create.',
      document: `mutation AddPasskey($challenge: String!, $name: String!, $response: JSON!) {
  addPasskey(challenge: $challenge, name: $name, response: $response) {
    id
    name
    backedUp
  }
}
`,
      variables: { challenge: '', name: 'Laptop', response: {} },
    },
    {
      title: 'Rename a passkey',
      about: 'Gives one of your passkeys another name.',
      document: `mutation RenamePasskey($id: ID!, $name: String!) {
  renamePasskey(id: $id, name: $name) {
    id
    name
  }
}
`,
      variables: { id: '', name: 'Phone' },
    },
    {
      title: 'Remove a passkey',
      about: 'Your account keeps a way in: a password, two passkeys, or one and recovery codes.',
      document: `mutation RemovePasskey($id: ID!) {
  removePasskey(id: $id)
}
`,
      variables: { id: '' },
    },
    {
      title: 'Remove your password',
      about: 'You then sign in with passkeys alone. You need two of them, or one and recovery codes.',
      document: `mutation RemovePassword {
  removePassword
}
`,
    },
  ],
};
