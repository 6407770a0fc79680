import type { Part } from './example.ts';

/** Returns the examples for the audit log, for the day before `now`. */
export function describeAudit(now: Date): Part {
  const yesterday = new Date(now.getTime() - 86_400_000);
  return {
    title: 'Audit',
    audience: 'Admins',
    examples: [
      {
        title: 'The audit log',
        about: 'Newest first. Filter by type (`login.failed`), actor or subject, address and time.',
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
        about: 'By minute, hour or day: successful, failed and limited sign-ins, and reused tokens.',
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
      title: 'List clients',
      about: 'The registered OAuth clients and their scopes.',
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
      about: 'The response is the only place that shows its secret.',
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
      about: 'Ends its sessions and denies all its tokens.',
      document: `mutation RemoveClient($id: ID!) {
  removeClient(id: $id)
}
`,
      variables: { id: '' },
    },
  ],
};

export const MAILS: Part = {
  title: 'Mails',
  audience: 'Admins',
  examples: [
    {
      title: 'List mails',
      about: 'The outbox, newest first, without what the mails say.',
      document: `query Mails($first: Int, $state: MailState) {
  mails(first: $first, state: $state) {
    edges {
      cursor
      node {
        id
        template
        recipient
        state
        attempts
        createdAt
        dueAt
        finishedAt
        error
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`,
      variables: { first: 20, state: 'FAILED' },
    },
    {
      title: 'Send a mail again',
      about: 'One that was given up or not confirmed. The address still gets at most three mails an hour.',
      document: `mutation RetryMail($id: ID!) {
  retryMail(id: $id) {
    state
    dueAt
  }
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
      title: 'List keys',
      about: 'The keys and their states. With HS256 there are none, because its key is a configured secret.',
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
      title: 'Rotate the keys',
      about: 'The next key signs. The previous key verifies tokens until they expire, so users stay signed in.',
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
      about: 'Every token signed with it becomes invalid at once, possibly your own.',
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
      about: 'The state of the supergraph and its subgraphs. Null when this server is not a gateway.',
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
