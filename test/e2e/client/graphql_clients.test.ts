import {
  ApolloClient,
  ApolloLink,
  CombinedGraphQLErrors,
  gql,
  HttpLink,
  InMemoryCache,
  ServerError,
} from '@apollo/client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Client as UrqlClient, type CombinedError, fetchExchange, gql as urqlGql } from '@urql/core';
import { createAuthLink } from '../../../packages/client/src/apollo.ts';
import { type AuthClient, createAuthClient } from '../../../packages/client/src/index.ts';
import { authExchange } from '../../../packages/client/src/urql.ts';
import type { Instance } from '../../support/instance.ts';
import { type Intermediary, startIntermediary } from '../../support/http_proxy.ts';
import { type KitServer, startKitServer } from '../../support/kit_server.ts';
import { until } from '../../support/until.ts';

/** The response of either client: data, and the first refusal, or the status of a response that is not GraphQL. */
interface Answer {
  readonly data: unknown;
  readonly refusal: unknown;
}
type Ask = (document: string, url?: unknown) => Promise<Answer>;

/** Each client is set up as its documentation says, in front of an intermediary. */
const CLIENTS: [name: string, make: (auth: AuthClient, url: string) => Ask][] = [
  [
    'Apollo Client',
    (auth, url) => {
      const link = ApolloLink.from([createAuthLink(auth), new HttpLink({ uri: `${url}/graphql` })]);
      const client = new ApolloClient({ link, cache: new InMemoryCache() });
      const policies = { fetchPolicy: 'no-cache', errorPolicy: 'all' } as const;
      return async (text, elsewhere) => {
        const document = gql(text);
        const context = elsewhere === undefined ? {} : { uri: elsewhere };
        const { data, error } = text.startsWith('mutation')
          ? await client.mutate({ mutation: document, context, ...policies })
          : await client.query({ query: document, context, ...policies });
        if (CombinedGraphQLErrors.is(error)) return { data, refusal: error.errors[0]?.extensions };
        if (ServerError.is(error)) return { data, refusal: { status: error.statusCode } };
        return { data, refusal: error };
      };
    },
  ],
  [
    'urql',
    (auth, url) => {
      const client = new UrqlClient({
        url: `${url}/graphql`,
        preferGetMethod: false,
        exchanges: [authExchange(auth), fetchExchange],
      });
      return async (text, elsewhere) => {
        const document = urqlGql(text);
        const context = elsewhere === undefined ? {} : { url: elsewhere as string };
        const { data, error } = text.startsWith('mutation')
          ? await client.mutation(document, {}, context).toPromise()
          : await client.query(document, {}, context).toPromise();
        return { data: data as unknown, refusal: error && refusalOf(error) };
      };
    },
  ],
];

function refusalOf({ graphQLErrors, networkError, response }: CombinedError): unknown {
  return graphQLErrors[0]?.extensions ?? (response ? { status: (response as Response).status } : networkError);
}

const AN_HOUR = 60 * 60_000;
let server: KitServer;
let gatehouse: Instance;
let between: Intermediary;
beforeAll(async () => {
  server = await startKitServer();
  ({ gatehouse, between } = server);
});
afterAll(() => server.close());

describe.each(CLIENTS)('%s', (kind, make) => {
  let auth: AuthClient;
  let ask: Ask;
  /** Returns the forwarded requests, without those of the kit itself. */
  const asked = (part: string) => between.passed.filter(({ body }) => body.includes(part));

  beforeEach(async () => {
    auth = createAuthClient({ url: between.url });
    ask = make(auth, between.url);
    await auth.login(gatehouse.admin);
    between.reset();
  });
  afterEach(() => auth.close());

  it('shows the token, and asks again with another where it is refused', async () => {
    expect(await ask('{ me { username } }')).toMatchObject({ data: { me: { username: 'admin' } }, refusal: undefined });
    server.advance(AN_HOUR);
    const both = [ask('{ me { username role } }'), ask('{ protectedData { message } }')];
    for (const answer of await Promise.all(both)) expect(answer.refusal).toBeUndefined();
    expect(between.refreshes()).toBe(1);
    expect(asked('protectedData')).toHaveLength(2);
  });

  it('goes along with no redirect', async () => {
    const foreign = await startIntermediary(gatehouse.url);
    between.treat((_request, response) =>
      Promise.resolve(response.writeHead(307, { location: `${foreign.url}/graphql` }).end()),
    );
    expect((await ask('{ me { username } }')).data ?? null).toBeNull();
    between.reset();
    await foreign.close();
    expect(foreign.passed).toEqual([]);
  });

  it('asks once more and not again: refused twice is refused', async () => {
    between.treat(({ body }, response) =>
      body.includes('protectedData') ? Promise.resolve(response.writeHead(401).end()) : undefined,
    );
    expect(await ask('{ protectedData { message } }')).toMatchObject({ refusal: { status: 401 } });
    expect(asked('protectedData')).toHaveLength(2);
    expect(between.refreshes()).toBe(1);
  });

  it('repeats nothing for a refusal that another token does not help', async () => {
    const wrong = 'mutation { login(username: "admin", password: "wrong") { accessToken } }';
    expect(await ask(wrong)).toMatchObject({ refusal: { code: 'UNAUTHENTICATED' } });
    expect(await ask('mutation { refresh(refreshToken: "none") { accessToken } }')).toMatchObject({
      refusal: { code: 'UNAUTHENTICATED' },
    });
    expect(await ask('{ user(username: "a") { nothing } }')).toMatchObject({
      refusal: { code: 'GRAPHQL_VALIDATION_FAILED' },
    });
    expect(between.passed).toHaveLength(3);
    expect(auth.state).toBe('signed-in');
  });

  it('sends a mutation again that was refused, and none of which a part may have been done', async () => {
    server.advance(AN_HOUR);
    expect(await ask('mutation { revokeUserSessions(username: "nobody-at-all") }')).not.toMatchObject({
      refusal: { code: 'UNAUTHENTICATED' },
    });
    expect(asked('nobody-at-all')).toHaveLength(2);
    server.advance(AN_HOUR);
    const two = 'mutation { logout(refreshToken: "none") revokeUserSessions(username: "nobody-else") }';
    expect(await ask(two)).toMatchObject({ refusal: { code: 'UNAUTHENTICATED', reason: 'EXPIRED' } });
    expect(asked('nobody-else')).toHaveLength(1);
  });

  it.each<[title: string, make: (url: string) => unknown]>([
    ['text', (url) => url],
    ['a URL', (url) => new URL(url)],
    ['an object that says its address', (url) => ({ toString: () => url })],
    ['text in capitals', (url) => url.replace('http', 'HTTP')],
    ['text with a user like our host', (url) => url.replace('//', `//${new URL(between.url).hostname}@`)],
  ])('shows another server no token, whose address is %s', async (title, addressed) => {
    const foreign = await startIntermediary(gatehouse.url);
    try {
      // Node itself refuses an address with a user.
      if (title.includes('user')) {
        expect((await ask('{ me { username } }', addressed(`${foreign.url}/graphql`))).data ?? null).toBeNull();
        expect(between.passed).toEqual([]);
        return;
      }
      const answer = await ask('{ me { username } }', addressed(`${foreign.url}/graphql`));
      expect(answer).toMatchObject({ refusal: { reason: 'MISSING' } });
      expect(foreign.passed.map(({ authorization }) => authorization)).toEqual([undefined]);
    } finally {
      between.reset();
      await foreign.close();
    }
  });

  it.each<[title: string, make: (url: string) => unknown]>([
    ['text', (url) => url],
    ['a URL', (url) => new URL(url)],
  ])('shows the gateway the token, whose address is %s', async (_title, addressed) => {
    expect(await ask('{ me { username } }', addressed(`${between.url}/graphql`))).toMatchObject({
      data: { me: { username: 'admin' } },
    });
  });

  it('fails with what the kit says where there is no token to be had, and asks without one who is signed out', async () => {
    server.advance(AN_HOUR);
    between.treat(({ body }, response) =>
      body.includes('refresh(') ? Promise.resolve(response.writeHead(503, { 'retry-after': '3' }).end()) : undefined,
    );
    expect(await ask('{ me { username } }')).toMatchObject({ refusal: { code: 'UNREACHABLE', retryAfter: 3 } });
    between.reset();
    await auth.logout();
    expect(await ask('{ me { username } }')).toMatchObject({ refusal: { reason: 'MISSING' } });
  });

  it('hears that the role is another one', async () => {
    const name = `riser-${kind.toLowerCase().replaceAll(/[^a-z]/g, '')}`;
    const input = `{ username: "${name}", email: "${name}@example.com", password: "the password of ${name}" }`;
    await ask(`mutation { createUser(input: ${input}) { id } }`);
    const riser = createAuthClient({ url: between.url });
    const reasons: string[] = [];
    riser.on('change', ({ reason }) => reasons.push(reason));
    await riser.login({ username: name, password: `the password of ${name}` });
    await ask(`mutation { setUserRole(username: "${name}", role: "admin") { id } }`);
    const askAsRiser = make(riser, between.url);
    expect(await askAsRiser('{ me { username } }')).toMatchObject({ data: { me: { username: name } } });
    await until(() => riser.user?.role === 'admin');
    expect(reasons).toEqual(['login', 'role']);
    riser.close();
  });

  it.each(['{ me { username } }', 'mutation { a: logoutEverywhere b: logoutEverywhere }'])(
    'hears at the next operation that the session was ended elsewhere: %s',
    async (document) => {
      const { accessToken } = await gatehouse.client.login('admin', gatehouse.admin.password);
      await gatehouse.client.ask('mutation { logoutEverywhere }', { token: accessToken });
      expect((await ask(document)).refusal).toMatchObject({ code: 'UNAUTHENTICATED' });
      expect(auth.state).toBe('signed-out');
    },
  );

  it('hears that the user is disabled', async () => {
    await ask(
      'mutation { createUser(input: { username: "leaver", email: "leaver@example.com", password: "a password of leaver" }) { id } }',
    );
    const leaver = createAuthClient({ url: between.url });
    const askAsLeaver = make(leaver, between.url);
    expect(await ask('mutation { setUserDisabled(username: "leaver", disabled: false) { id } }')).toMatchObject({
      refusal: undefined,
    });
    await leaver.login({ username: 'leaver', password: 'a password of leaver' });
    await ask('mutation { setUserDisabled(username: "leaver", disabled: true) { id } }');
    expect(await askAsLeaver('{ me { username } }')).toMatchObject({ refusal: { code: 'INACTIVE_USER' } });
    expect(leaver.state).toBe('signed-out');
    leaver.close();
  });
});
