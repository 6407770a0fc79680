import { IdentityError } from './errors.ts';

/** The header with the identity. */
const HEADER = 'gatehouse-identity';

/** A request of any framework. */
export type IncomingRequest = Request | PlainRequest;

export interface PlainRequest {
  /** POST by default. */
  readonly method?: string | undefined;
  readonly headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The exact bytes that were received. JSON that was parsed and serialised again is a different body. */
  readonly body: string | Uint8Array;
}

/**
 * Returns the compact JWT of a request. Threat: with two headers, one from a client and one from a proxy, chance would
 * decide which one is valid.
 * @throws IdentityError MISSING, and MALFORMED for two headers
 */
export function readHeader({ headers }: IncomingRequest): string {
  const lines = isHeaders(headers)
    ? [headers.get(HEADER) ?? []]
    : Object.entries(headers).map(([name, value = []]) => (name.toLowerCase() === HEADER ? value : []));
  const [line, ...others] = lines.flat();
  if (line === undefined) throw new IdentityError('MISSING');
  // A comma joins two lines (RFC 9110 section 5.3), and no JWT contains one.
  if (others.length > 0 || !/^[\w-]+\.[\w-]+\.[\w-]*$/.test(line)) throw new IdentityError('MALFORMED');
  return line;
}

/**
 * Returns the bytes of the body, and leaves the body readable. Threat: the signature does not cover the URL, so a GET
 * with a signed body could run any query of its query string.
 * @throws IdentityError BODY for another method than POST, and for an empty body
 */
export async function readBody(request: IncomingRequest): Promise<string | Uint8Array> {
  const { method = 'POST' } = request;
  const body = 'clone' in request ? new Uint8Array(await request.clone().arrayBuffer()) : request.body;
  if (method !== 'POST' || body.length === 0) throw new IdentityError('BODY');
  return body;
}

/** Returns whether headers have the methods of `Headers`. Frameworks have their own classes. */
function isHeaders(headers: IncomingRequest['headers']): headers is Headers {
  return typeof headers.get === 'function';
}
