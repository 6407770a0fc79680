import { createServer, type IncomingMessage } from 'node:http';
import { buildSchema, type DocumentNode, execute, type GraphQLSchema, parse } from 'graphql';
import { executableOf, GRAPHS, sdlOf } from '../support/graphs.ts';

interface Reference {
  readonly __typename: string;
  readonly id: string;
}

const COUNTRIES = ['ES', 'FI', 'JP', 'NZ', 'PE'];

const entities: Readonly<Record<string, (id: number) => object>> = {
  Product: (id) => ({
    name: `Product ${id}`,
    price: (id % 500) + 0.5,
    inStock: id % 3 > 0,
    seller: { id: `${id % 97}` },
  }),
  Seller: (id) => ({ name: `Seller ${id}`, rating: (id % 50) / 10, country: COUNTRIES[id % 5] }),
};

const roots = {
  orders: ({ from, first }: { from: number; first: number }) =>
    Array.from({ length: first }, (_, at) => ({
      id: `${from + at}`,
      quantity: ((from + at) % 9) + 1,
      note: at % 4 === 0 ? null : `Order ${from + at}`,
      product: { id: `${(from + at) * 7}` },
    })),
  _entities: ({ representations }: { representations: readonly Reference[] }) =>
    representations.map(({ __typename, id }) => ({ __typename, id, ...entities[__typename]!(Number(id)) })),
};

const documents = new Map<string, DocumentNode>();

async function answer(schema: GraphQLSchema, sdl: string, request: IncomingMessage): Promise<object> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { query, variables } = JSON.parse(Buffer.concat(chunks).toString()) as {
    query: string;
    variables?: Record<string, unknown>;
  };
  if (query.includes('_service')) return { data: { _service: { sdl } } };
  let document = documents.get(query);
  if (!document) documents.set(query, (document = parse(query)));
  return execute({ schema, document, rootValue: roots, ...(variables && { variableValues: variables }) });
}

/**
 * Three other teams' servers in one process, as cheap as graphql-js makes them: a document is parsed once, values are
 * computed from numbers, and requests need no caller. The schemas have no directives at `/open/…` and have them at
 * `/guarded/…`; the resolvers are the same.
 */
const servers = new Map<string, (request: IncomingMessage) => Promise<object>>(
  GRAPHS.flatMap((graph) => {
    const schema = buildSchema(executableOf(graph), { assumeValidSDL: true });
    return (['open', 'guarded'] as const).map((kind) => {
      const sdl = sdlOf(graph, kind);
      return [`/${kind}/${graph}`, (request: IncomingMessage) => answer(schema, sdl, request)] as const;
    });
  }),
);

createServer((request, response) => {
  const server = servers.get(request.url!);
  if (!server) return void response.writeHead(request.url === '/ready' ? 200 : 404).end();
  server(request).then(
    (result) => {
      const body = JSON.stringify(result);
      const length = Buffer.byteLength(body);
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': length }).end(body);
    },
    () => response.writeHead(500).end(),
  );
}).listen(Number(process.env['PORT']), '127.0.0.1');
