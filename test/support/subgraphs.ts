import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { buildSchema, getNamedType, graphql, type GraphQLSchema, parse } from 'graphql';

/** A request that a subgraph received. */
export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly query: string;
  readonly variables: Record<string, any>;
}

type Answer = { status?: number; body: string } | 'hang' | 'break' | 'reset';
export type Answering = (received: Received) => Promise<Answer>;

/** Another team's subgraph: a separate GraphQL server over HTTP. */
export interface Subgraph {
  readonly name: string;
  readonly url: string;
  /** The received requests, without those for the schema. */
  readonly received: Received[];
  /** Returns the number of requests for the schema so far. */
  schemaRequests(): number;
  /** Replaces its responses, until called with null. */
  answer(how: Answering | null): void;
  /** Changes its schema. */
  become(typeDefs: string, resolvers: Resolvers): void;
  /** Stops the server. `start` uses the same port again. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

export type Resolvers = Record<string, Record<string, any>>;

/** Links every feature that the tests' subgraphs use. */
export const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [
  "@key", "@shareable", "@external", "@requires", "@provides", "@override", "@inaccessible", "@interfaceObject",
  "@authenticated", "@requiresScopes", "@policy", "@tag"
])
`;

export async function startSubgraph(name: string, typeDefs: string, resolvers: Resolvers = {}): Promise<Subgraph> {
  let schema: GraphQLSchema;
  let sdl: string;
  let other: Answering | null = null;
  const received: Received[] = [];
  let schemaRequests = 0;
  const become = (definitions: string, resolve: Resolvers) => {
    sdl = definitions.includes('@link(') ? definitions : LINK + definitions;
    schema = buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers: resolve }]);
  };
  become(typeDefs, resolvers);

  async function respond(request: IncomingMessage): Promise<Answer> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const { query, variables = {} } = JSON.parse(body);
    // Returns the schema as written, because the library's own text has other links.
    if (query.includes('_service')) {
      schemaRequests += 1;
      return { body: JSON.stringify({ data: { _service: { sdl } } }) };
    }
    const note = { headers: request.headers, body, query, variables };
    received.push(note);
    if (other) return other(note);
    const result = await graphql({ schema, source: query, variableValues: variables, contextValue: note });
    return { body: JSON.stringify(result) };
  }

  let server: Server | undefined;
  let port = 0;
  async function start(): Promise<void> {
    server = createServer((request, response) => {
      respond(request).then(
        (answer) => {
          if (answer === 'hang') return;
          if (answer === 'break') return void request.socket.destroy();
          if (answer === 'reset') return void request.socket.resetAndDestroy();
          response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' }).end(answer.body);
        },
        () => response.writeHead(500).end(),
      );
    });
    await new Promise<void>((resolve) => server!.listen(port, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
  }
  await start();
  return {
    name,
    url: `http://127.0.0.1:${port}/graphql`,
    received,
    schemaRequests: () => schemaRequests,
    become,
    answer: (how) => void (other = how),
    start,
    async stop() {
      server?.closeAllConnections();
      await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
      server = undefined;
    },
  };
}

/** Returns the value of `SUBGRAPHS` for these. */
export function subgraphsOf(...subgraphs: readonly Pick<Subgraph, 'name' | 'url'>[]): string {
  return subgraphs.map(({ name, url }) => `${name}=${url}`).join(',');
}

/** Returns all our mutations that return a type, as another subgraph would take them over. */
export const overridden = (type: string) =>
  Object.values(buildSchema(readFileSync('schema/schema.graphql', 'utf8')).getMutationType()!.getFields())
    .filter((field) => getNamedType(field.type).name === type)
    .map(({ name, args, type: returned }) => {
      const taken = args.map((arg) => `${arg.name}: ${String(arg.type)}${arg.name === 'delivery' ? ' = BODY' : ''}`);
      return `${name}(${taken.join(', ')}): ${String(returned)} @override(from: "gatehouse")`;
    })
    .join(' ');
