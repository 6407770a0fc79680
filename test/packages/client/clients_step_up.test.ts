import { ApolloClient, ApolloLink, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Client as UrqlClient, fetchExchange, gql as urqlGql } from '@urql/core';
import { createAuthLink } from '../../../packages/client/src/apollo.ts';
import { type AuthClient, createAuthClient, type Reauthentication } from '../../../packages/client/src/index.ts';
import { authExchange } from '../../../packages/client/src/urql.ts';
import { FakeGateway, refuse } from '../../support/fake_gateway.ts';

const URL = 'https://auth.example';
const REQUIRED = { code: 'REAUTHENTICATION_REQUIRED', maxAge: 900, acr: 'urn:gatehouse:acr:1', methods: ['PASSWORD'] };

/** The data of a mutation, and the code of its first refusal. */
type Mutate = (document: string) => Promise<{ readonly data: unknown; readonly code: unknown }>;

const CLIENTS: [name: string, make: (auth: AuthClient, send: typeof fetch) => Mutate][] = [
  [
    'Apollo Client',
    (auth, send) => {
      const link = ApolloLink.from([createAuthLink(auth), new HttpLink({ uri: `${URL}/graphql`, fetch: send })]);
      const client = new ApolloClient({ link, cache: new InMemoryCache() });
      return async (document) => {
        const { data, error } = await client.mutate({ mutation: gql(document), errorPolicy: 'all' });
        return { data, code: CombinedGraphQLErrors.is(error) ? error.errors[0]?.extensions?.['code'] : error };
      };
    },
  ],
  [
    'urql',
    (auth, send) => {
      const exchanges = [authExchange(auth), fetchExchange];
      const client = new UrqlClient({ url: `${URL}/graphql`, preferGetMethod: false, fetch: send, exchanges });
      return async (document) => {
        const { data, error } = await client.mutation(urqlGql(document), {}).toPromise();
        return { data, code: error?.graphQLErrors[0]?.extensions['code'] ?? error?.networkError };
      };
    },
  ],
];

const opened: AuthClient[] = [];
afterEach(() => opened.splice(0).forEach((auth) => auth.close()));

describe.each(CLIENTS)('%s', (_name, make) => {
  /** Opens a signed-in client. Operations are refused until a reauthentication. */
  async function open(...answers: (Reauthentication | undefined)[]) {
    const gateway = new FakeGateway();
    let asked = 0;
    gateway.treat = async (what, _variables, token) => {
      if (what !== 'removeTotp') return undefined;
      const data = { data: { removeTotp: true } };
      const refused = refuse(REQUIRED, ['removeTotp']);
      const answer = gateway.isFresh(token) ? Response.json(data) : refused;
      answer.headers.set('content-type', 'application/graphql-response+json');
      return answer;
    };
    const onReauthentication = async () => answers[asked++];
    const auth = createAuthClient({ url: URL, fetch: gateway.fetch, onReauthentication });
    opened.push(auth);
    await auth.login({ username: 'kandi', password: 'right' });
    return { mutate: make(auth, gateway.fetch), gateway, questions: () => asked };
  }

  it('repeats a mutation once the user has confirmed who they are', async () => {
    const { mutate, gateway, questions } = await open({ password: 'right' });
    expect(await mutate('mutation { removeTotp }')).toEqual({ data: { removeTotp: true }, code: undefined });
    expect([questions(), gateway.times('removeTotp'), gateway.times('reauthenticate')]).toEqual([1, 2, 1]);
  });

  it('asks once for several mutations', async () => {
    const { mutate, questions } = await open({ password: 'right' });
    const all = await Promise.all([1, 2, 3].map((at) => mutate(`mutation M${at} { removeTotp }`)));
    expect(all.map(({ data }) => data)).toEqual(Array(3).fill({ removeTotp: true }));
    expect(questions()).toBe(1);
  });

  it('delivers the refusal if the user gives up', async () => {
    const { mutate, gateway, questions } = await open(undefined);
    expect((await mutate('mutation { removeTotp }')).code).toBe('REAUTHENTICATION_REQUIRED');
    expect([questions(), gateway.times('removeTotp')]).toEqual([1, 1]);
  });

  it('repeats a mutation once, even if it is refused again', async () => {
    const { mutate, gateway, questions } = await open({ password: 'right' }, { password: 'right' });
    gateway.isFresh = () => false;
    expect((await mutate('mutation { removeTotp }')).code).toBe('REAUTHENTICATION_REQUIRED');
    expect([questions(), gateway.times('removeTotp')]).toEqual([1, 2]);
  });

  it('does not repeat a mutation of two fields, because one of them may have run', async () => {
    const { mutate, gateway, questions } = await open({ password: 'right' });
    expect((await mutate('mutation { removeTotp other }')).code).toBe('REAUTHENTICATION_REQUIRED');
    expect([questions(), gateway.times('removeTotp')]).toEqual([0, 1]);
  });

  it('fails with the error of the callback', async () => {
    const { gateway } = await open();
    const fault = new Error('the dialog broke');
    const auth = createAuthClient({ url: URL, fetch: gateway.fetch, onReauthentication: () => Promise.reject(fault) });
    opened.push(auth);
    await auth.login({ username: 'kandi', password: 'right' });
    expect((await make(auth, gateway.fetch)('mutation { removeTotp }')).code).toBe(fault);
  });
});
