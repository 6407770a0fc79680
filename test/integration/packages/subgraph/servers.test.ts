import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { ApolloServer, HeaderMap } from '@apollo/server';
import { ApolloServerPluginInlineTraceDisabled } from '@apollo/server/plugin/disabled';
import { startStandaloneServer } from '@apollo/server/standalone';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import express, { json } from 'express';
import { parse } from 'graphql';
import { createYoga } from 'graphql-yoga';
import {
  type IdentityContext,
  identityContext,
  keepBody,
  serveApollo,
} from '../../../../packages/subgraph/src/apollo.ts';
import { createVerifier, type Verifier } from '../../../../packages/subgraph/src/index.ts';
import { useIdentity } from '../../../../packages/subgraph/src/yoga.ts';
import {
  type IdentityKey,
  KANDI,
  type KeyServer,
  makeIdentityKey,
  signIdentity,
  startKeyServer,
} from '../../../support/signed_identity.ts';
import { sendRaw } from '../../../support/raw_request.ts';

const NAME = 'Gatehouse-Identity';
const ASK = JSON.stringify({ query: '{ whoami }' });
const JSON_TYPE = { 'content-type': 'application/json' };

const schema = buildSubgraphSchema([
  {
    typeDefs: parse('type Query { whoami: String! }'),
    resolvers: {
      Query: {
        whoami: (_: unknown, _args: unknown, { identity }: IdentityContext) =>
          identity.anonymous ? 'nobody' : identity.subject,
      },
    },
  },
]);

let key: IdentityKey;
let gateway: KeyServer;
const servers: Server[] = [];
const apollos: ApolloServer<IdentityContext>[] = [];
beforeAll(async () => {
  key = await makeIdentityKey('one');
  gateway = await startKeyServer(key);
});
afterAll(async () => {
  for (const server of servers) server.closeAllConnections();
  for (const server of servers) server.close();
  await Promise.all(apollos.map((apollo) => apollo.stop()));
  await gateway.close();
});

function makeApollo() {
  const apollo = new ApolloServer<IdentityContext>({ schema, plugins: [ApolloServerPluginInlineTraceDisabled()] });
  apollos.push(apollo);
  return apollo;
}

async function startApollo() {
  const apollo = makeApollo();
  await apollo.start();
  return apollo;
}

/** Integrates as `expressMiddleware` of `@as-integrations/express5` does. */
async function overExpress(verifier: Verifier): Promise<RequestListener> {
  const apollo = await startApollo();
  const context = identityContext(verifier);
  const app = express();
  app.use(json({ verify: keepBody }));
  app.use(async (req, res) => {
    const { status, headers, body } = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: {
        method: req.method,
        headers: new HeaderMap(Object.entries(req.headersDistinct).map(([name, values = []]) => [name, values.join()])),
        search: new URL(req.url, 'http://localhost').search,
        body: req.body as unknown,
      },
      context: () => context({ req, res }),
    });
    res.status(status ?? 200).setHeaders(headers);
    res.end(body.kind === 'complete' ? body.string : '');
  });
  return app;
}

const KINDS: Record<string, (verifier: Verifier) => Promise<RequestListener>> = {
  'Apollo Server on node:http': async (verifier) =>
    serveApollo(await startApollo(), { context: identityContext(verifier) }),
  'Apollo Server on Express': overExpress,
  'GraphQL Yoga': async (verifier) => {
    const yoga = createYoga({ schema, plugins: [useIdentity(verifier)], logging: false });
    return (request, response) => void yoga(request, response);
  },
};

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as { port: number }).port}/graphql`;
}

async function post(url: string, body: string, token?: string) {
  const headers = { ...JSON_TYPE, ...(token === undefined ? {} : { [NAME]: token }) };
  const response = await fetch(url, { method: 'POST', headers, body });
  return { status: response.status, ...(await response.json()) };
}

const refused = (reason: string) => ({
  status: 401,
  errors: [expect.objectContaining({ extensions: expect.objectContaining({ code: 'UNAUTHENTICATED', reason }) })],
});

describe.each(Object.entries(KINDS))('a subgraph on %s', (_kind, make) => {
  let url: string;
  beforeAll(async () => {
    url = await listen(await make(createVerifier({ issuer: gateway.url, subgraph: 'orders' })));
  });
  const sign = (body = ASK, claims: object = KANDI) =>
    signIdentity({ key, issuer: gateway.url, subgraph: 'orders', body, claims: { ...claims } });

  it('knows who it is asked for', async () => {
    expect(await post(url, ASK, await sign())).toEqual({ status: 200, data: { whoami: 'kandi' } });
    expect(await post(url, ASK, await sign(ASK, {}))).toEqual({ status: 200, data: { whoami: 'nobody' } });
  });

  it('takes the bytes of the body, not what they mean', async () => {
    const body = '{ "variables": {"ü": 1.0},\n "query": "{ whoami }" }';
    expect(await post(url, body, await sign(body))).toEqual({ status: 200, data: { whoami: 'kandi' } });
    expect(await post(url, JSON.stringify(JSON.parse(body)), await sign(body))).toMatchObject(refused('BODY'));
  });

  it('gives its schema to the gateway alone', async () => {
    const body = JSON.stringify({ query: '{ _service { sdl } }' });
    expect(await post(url, body)).toMatchObject(refused('MISSING'));
    const { data } = await post(url, body, await sign(body, {}));
    expect(data._service.sdl).toContain('whoami');
  });

  it('refuses whatever is not signed for it, and what was used', async () => {
    expect(await post(url, ASK)).toMatchObject(refused('MISSING'));
    expect(await post(url, ASK.replace('whoami', 'you: whoami'), await sign())).toMatchObject(refused('BODY'));
    const elsewhere = await signIdentity({ key, issuer: gateway.url, subgraph: 'reviews', body: ASK });
    expect(await post(url, ASK, elsewhere)).toMatchObject(refused('AUDIENCE'));
    const token = await sign();
    await post(url, ASK, token);
    expect(await post(url, ASK, token)).toMatchObject(refused('REPLAYED'));
  });

  it('refuses two identities in lines of their own', async () => {
    const lines = [`${NAME}: ${await sign()}`, `${NAME}: ${await sign(ASK, { ...KANDI, sub: 'admin' })}`];
    const { status, body } = await sendRaw(url, 'POST /graphql', ['Content-Type: application/json', ...lines], ASK);
    expect({ status, ...JSON.parse(body) }).toMatchObject(refused('MALFORMED'));
  });

  it('does not answer what a URL asks under the signature of a body', async () => {
    const headers = ['Content-Type: application/json', `${NAME}: ${await sign()}`, 'Apollo-Require-Preflight: yes'];
    const { status, body } = await sendRaw(url, 'GET /graphql?query={whoami}', headers, ASK);
    expect(status).toBe(401);
    expect(body).not.toContain('kandi');
  });

  it('answers 503 while it cannot tell', async () => {
    const verifier = createVerifier({ issuer: gateway.url, subgraph: 'orders', jwksUrl: `${gateway.url}/nothing` });
    expect(await post(await listen(await make(verifier)), ASK, await sign())).toMatchObject({
      status: 503,
      errors: [expect.objectContaining({ extensions: expect.objectContaining({ code: 'SERVICE_UNAVAILABLE' }) })],
    });
  });
});

describe('serveApollo', () => {
  const start = async (bodyLimit: number) => {
    const context = identityContext(createVerifier({ issuer: gateway.url, subgraph: 'orders' }));
    return listen(serveApollo(await startApollo(), { context, bodyLimit }));
  };

  it('reads no more than its limit', async () => {
    const url = await start(ASK.length);
    const sign = (body: string) => signIdentity({ key, issuer: gateway.url, subgraph: 'orders', body });
    expect((await post(url, ASK, await sign(ASK))).status).toBe(200);
    const tooLong = await fetch(url, { method: 'POST', headers: JSON_TYPE, body: `${ASK} ` });
    expect(tooLong.status).toBe(413);
  });

  it('says what is no JSON, to the gateway alone', async () => {
    const url = await start(100);
    const token = await signIdentity({ key, issuer: gateway.url, subgraph: 'orders', body: '{' });
    expect((await post(url, '{')).status).toBe(401);
    expect((await post(url, '{', token)).status).toBe(400);
  });
});

describe('a body that was parsed unseen', () => {
  it('is a fault that says what to do, not a refusal', async () => {
    const context = identityContext(createVerifier({ issuer: gateway.url, subgraph: 'orders' }));
    const { url } = await startStandaloneServer(makeApollo(), { listen: { port: 0, host: '127.0.0.1' }, context });
    const token = await signIdentity({ key, issuer: gateway.url, subgraph: 'orders', body: ASK });
    const { status, errors } = await post(url, ASK, token);
    expect(status).toBe(500);
    expect(errors[0].message).toContain('keepBody');
  });
});
