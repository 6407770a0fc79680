/**
 * Loads the server into jest's modules: the test moves the server's clock.
 * @jest-environment node
 */
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Client as UrqlClient, fetchExchange, gql as urqlGql } from '@urql/core';
import { createAuthLink } from '../../../packages/client/src/apollo.ts';
import {
  type AuthClient,
  type AuthClientOptions,
  createAuthClient,
  type Reauthentication,
  type ReauthenticationQuestion,
} from '../../../packages/client/src/index.ts';
import { authExchange } from '../../../packages/client/src/urql.ts';
import { createUser, type Person } from '../../support/accounts.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { noteSecrets } from '../../support/log_file.ts';
import { enrolTotp } from '../../support/second_factor.ts';

/** A mutation that needs a fresh authentication. */
const START = 'mutation { startTotp { secret } }';
const LATER_MS = 16 * 60_000;

/** Sends the mutation, and returns the secret of its answer. */
type Start = (auth: AuthClient) => Promise<unknown>;

const secretOf = (data: unknown) => (data as { startTotp?: { secret?: string } } | undefined)?.startTotp?.secret;
const WAYS: [name: string, start: Start][] = [
  [
    'fetch',
    async (auth) => {
      const body = JSON.stringify({ query: START });
      const response = await auth.fetch('/graphql', { method: 'POST', headers: JSON_TYPE, body });
      return secretOf(((await response.json()) as { data?: unknown }).data);
    },
  ],
  [
    'Apollo Client',
    async (auth) => {
      const link = ApolloLink.from([createAuthLink(auth), new HttpLink({ uri: `${gatehouse.url}/graphql` })]);
      const client = new ApolloClient({ link, cache: new InMemoryCache() });
      return secretOf((await client.mutate({ mutation: gql(START), errorPolicy: 'all' })).data);
    },
  ],
  [
    'urql',
    async (auth) => {
      const exchanges = [authExchange(auth), fetchExchange];
      const client = new UrqlClient({ url: `${gatehouse.url}/graphql`, preferGetMethod: false, exchanges });
      return secretOf((await client.mutation(urqlGql(START), {}).toPromise()).data);
    },
  ],
];
const JSON_TYPE = { 'content-type': 'application/json' };

let ahead = 0;
const now = () => Date.now() + ahead;
let gatehouse: Instance;
const opened: AuthClient[] = [];
beforeAll(async () => {
  gatehouse = await startInstance({ clock: now, env: { LOGIN_LIMIT_PER_IP: '100000' } });
});
afterEach(() => opened.splice(0).forEach((auth) => auth.close()));
afterAll(() => gatehouse.close());

/** Opens a signed-in client that answers questions in turn. */
async function open(
  person: Person,
  { answers, ...others }: { answers: (() => Reauthentication | undefined)[] } & Partial<AuthClientOptions>,
) {
  const questions: ReauthenticationQuestion[] = [];
  const auth = createAuthClient({
    url: gatehouse.url,
    ...others,
    onReauthentication: (question) => answers[questions.push(question) - 1]?.(),
  });
  opened.push(auth);
  await auth.login(person);
  return { auth, questions };
}

describe.each(WAYS)('an operation that needs a fresh authentication, by %s', (_name, start) => {
  it('runs at once after a sign-in, and later once the password is confirmed', async () => {
    const kandi = await createUser(gatehouse);
    const wrong = () => ({ password: 'a wrong one' });
    const { auth, questions } = await open(kandi, { answers: [wrong, () => ({ password: kandi.password })] });
    const first = await start(auth);
    ahead += LATER_MS;
    const second = await start(auth);
    noteSecrets(first as string, second as string);
    expect([first, second]).toEqual([expect.any(String), expect.any(String)]);
    expect(questions).toEqual([
      { methods: ['PASSWORD'], maxAge: 900, acr: 'urn:gatehouse:acr:1', failure: undefined },
      expect.objectContaining({ failure: expect.objectContaining({ code: 'BAD_USER_INPUT' }) }),
    ]);
    expect(auth.state).toBe('signed-in');
  });

  it('fails if the user gives up', async () => {
    const { auth } = await open(await createUser(gatehouse), { answers: [() => undefined] });
    ahead += LATER_MS;
    expect(await start(auth)).toBeUndefined();
  });
});

describe('an account with a second factor', () => {
  it('confirms with both factors', async () => {
    const kandi = await createUser(gatehouse);
    const enrolled = await enrolTotp(gatehouse, kandi);
    const totp = () => ({ totp: enrolled.codeAt(now()) });
    const both = () => ({ password: kandi.password, ...totp() });
    const { auth, questions } = await open(kandi, { answers: [both], onSecondFactor: totp });
    ahead += LATER_MS;
    const secret = await WAYS[0]![1](auth);
    noteSecrets(secret as string);
    expect(secret).toEqual(expect.any(String));
    expect(questions[0]).toMatchObject({ acr: 'urn:gatehouse:acr:2' });
  });
});
