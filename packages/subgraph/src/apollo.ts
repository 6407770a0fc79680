import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type ApolloServer, HeaderMap } from '@apollo/server';
import { toGraphQLError } from './graphql_error.ts';
import type { IdentityContext } from './identity.ts';
import type { Verifier } from './verify.ts';

/** The API of `gatehouse-subgraph/apollo`, for subgraphs on Apollo Server. */
export type { IdentityContext } from './identity.ts';

/** The argument of `context` functions, in Apollo's integration for Express and in {@link serveApollo}. */
interface Exchange {
  readonly req: IncomingMessage & { readonly body?: unknown };
  readonly res: ServerResponse;
}

export interface ServeApolloOptions<Context extends IdentityContext> {
  readonly context: (exchange: Exchange) => Promise<Context>;
  /** The most bytes of a body; 1 MiB by default. */
  readonly bodyLimit?: number;
}

const BODY_LIMIT = 1024 * 1024;

const bodies = new WeakMap<IncomingMessage, Uint8Array>();

/** Keeps the signed bytes of a body, which parsing discards. Use it in Express as `json({ verify: keepBody })`. */
export function keepBody(request: IncomingMessage, _response: ServerResponse, body: Uint8Array): void {
  bodies.set(request, body);
}

/**
 * Creates the `context` function of an Apollo Server. It returns the verified identity of the request.
 * @throws GraphQLError UNAUTHENTICATED with status 401, or SERVICE_UNAVAILABLE with 503
 * @throws Error if a body was parsed without {@link keepBody}
 */
export function identityContext({ verifyIdentity }: Verifier): (exchange: Exchange) => Promise<IdentityContext> {
  return async ({ req }) => {
    const body = bodies.get(req);
    if (!body && Object.keys(req.body ?? {}).length > 0) {
      throw new Error(
        'The bytes of the body are gone: parse it by json({ verify: keepBody }), or serve by serveApollo',
      );
    }
    const { method, headers } = req;
    try {
      return { identity: await verifyIdentity({ method, headers, body: body ?? '' }) };
    } catch (error) {
      throw toGraphQLError(error);
    }
  };
}

/**
 * Returns a started Apollo Server as a listener for `node:http`. It replaces `startStandaloneServer`, which discards
 * the bytes of the body.
 */
export function serveApollo<Context extends IdentityContext>(
  server: ApolloServer<Context>,
  { context, bodyLimit = BODY_LIMIT }: ServeApolloOptions<Context>,
): RequestListener {
  server.assertStarted('serveApollo');

  async function serve(req: Exchange['req'], res: ServerResponse): Promise<void> {
    const bytes = await readBytes(req, bodyLimit);
    if (!bytes) return void res.writeHead(413, { connection: 'close' }).end();
    keepBody(req, res, bytes);
    const { status, headers, body } = await server.executeHTTPGraphQLRequest({
      httpGraphQLRequest: {
        method: req.method!,
        headers: new HeaderMap(
          Object.entries(req.headersDistinct).map(([name, values = []]) => [name, values.join(', ')]),
        ),
        search: '',
        body: parseJson(bytes),
      },
      context: () => context({ req, res }),
    });
    res.statusCode = status ?? 200;
    res.setHeaders(headers);
    if (body.kind === 'complete') return void res.end(body.string);
    for await (const part of body.asyncIterator) res.write(part);
    res.end();
  }

  return (req, res) => void serve(req, res).catch(() => res.destroy());
}

/** Returns the bytes of a body; undefined if there are more than allowed. */
async function readBytes(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Returns the JSON of a body; undefined if it is invalid, which Apollo Server reports. */
function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}
