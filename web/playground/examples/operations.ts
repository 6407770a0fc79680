import type { Part } from './example.ts';

/** What happened, by the clock of whoever asks. */
export function describeAudit(now: Date): Part {
  const yesterday = new Date(now.getTime() - 86_400_000);
  return {
    title: 'Audit',
    audience: 'Admins',
    examples: [
      {
        title: 'The audit log',
        about:
          'Newest first. Filter by type (`login.failed`), by who did it or whom it was done to, by address and time.',
        document: `query AuditEvents($type: String, $username: String, $address: String, $from: DateTime, $to: DateTime, $after: String) {
  auditEvents(first: 50, type: $type, username: $username, address: $address, from: $from, to: $to, after: $after) {
    pageInfo {
      hasNextPage
      endCursor
    }
    edges {
      node {
        at
        type
        actor
        subject
        address
        requestId
        detail {
          name
          value
        }
      }
    }
  }
}
`,
        variables: { type: null, username: null, address: null, from: yesterday.toISOString(), to: null, after: null },
      },
      {
        title: 'Sign-ins over time',
        about: 'By the minute, hour or day: those that succeeded, failed, were limited, and tokens that came twice.',
        document: `query SignInActivity($from: DateTime!, $to: DateTime!, $step: SignInActivityStep!) {
  signInActivity(from: $from, to: $to, step: $step) {
    at
    signIns
    failures
    limited
    reuses
  }
}
`,
        variables: { from: yesterday.toISOString(), to: now.toISOString(), step: 'HOUR' },
      },
    ],
  };
}

export const CLIENTS: Part = {
  title: 'Registered clients',
  audience: 'Admins',
  examples: [
    {
      title: 'Who is registered?',
      about: 'Programs that others wrote, and what they may ask for.',
      document: `query Clients {
  clients {
    id
    name
    public
    grantTypes
    redirectUris
    scopes
  }
}
`,
    },
    {
      title: 'Register a client',
      about: 'Its secret is told in the answer, and never again.',
      document: `mutation CreateClient($input: CreateClientInput!) {
  createClient(input: $input) {
    client {
      id
      name
    }
    secret
  }
}
`,
      variables: {
        input: {
          name: 'Reports',
          public: false,
          grantTypes: ['authorization_code', 'refresh_token'],
          redirectUris: ['https://reports.example.com/callback'],
          scopes: ['account'],
        },
      },
    },
    {
      title: 'Remove a client',
      about: 'Ends its sessions and denies every token it was given.',
      document: `mutation RemoveClient($id: ID!) {
  removeClient(id: $id)
}
`,
      variables: { id: '' },
    },
  ],
};

export const KEYS: Part = {
  title: 'Signing keys',
  audience: 'Admins',
  examples: [
    {
      title: 'The keys and their states',
      about: 'None with HS256, whose key is a secret of the configuration.',
      document: `query SigningKeys {
  signingKeys {
    kid
    algorithm
    state
    since
  }
}
`,
    },
    {
      title: 'Let the next key sign',
      about: 'The one before verifies for as long as its tokens last. Nobody is signed out.',
      document: `mutation RotateSigningKeys($now: Boolean) {
  rotateSigningKeys(now: $now) {
    kid
    state
    since
  }
}
`,
      variables: { now: false },
    },
    {
      title: 'Retire a leaked key',
      about: 'What it signed counts no more, at once: that may be your own token.',
      document: `mutation RetireSigningKey($kid: ID!) {
  retireSigningKey(kid: $kid) {
    kid
    state
    since
  }
}
`,
      variables: { kid: '' },
    },
  ],
};

export const GATEWAY: Part = {
  title: 'The gateway',
  audience: 'Admins',
  examples: [
    {
      title: 'The supergraph and its subgraphs',
      about: 'Whether the newest is in force, and which subgraphs answer. Null where this server is no gateway.',
      document: `query Supergraph {
  supergraph {
    state
    reason
    changedAt
    subgraphs {
      name
      url
      composed
      state
      reason
      milliseconds
    }
  }
}
`,
    },
  ],
};
