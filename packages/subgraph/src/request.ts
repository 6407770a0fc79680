import { IdentityError } from './errors.ts';

/** The header that carries the identity. */
const HEADER = 'gatehouse-identity';

/** A request as any framework has it. */
export type IncomingRequest = Request | PlainRequest;

export interface PlainRequest {
  /** POST unless told otherwise. */
  readonly method?: string | undefined;
  readonly headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The exact bytes that were received: JSON that was parsed and written again is another body. */
  readonly body: string | Uint8Array;
}

/**
 * The compact JWT of a request. Throws MISSING, and MALFORMED for two headers: a proxy that adds its own to one that a
 * client sent must not leave it to chance which of them counts.
 */
export function readHeader({ headers }: IncomingRequest): string {
  const lines = isHeaders(headers)
    ? [headers.get(HEADER) ?? []]
    : Object.entries(headers).map(([name, value = []]) => (name.toLowerCase() === HEADER ? value : []));
  const [line, ...others] = lines.flat();
  if (line === undefined) throw new IdentityError('MISSING');
  // Where two lines came as one, a comma stands between them (RFC 9110 section 5.3), and no JWT has that.
  if (others.length > 0 || !/^[\w-]+\.[\w-]+\.[\w-]*$/.test(line)) throw new IdentityError('MALFORMED');
  return line;
}

/**
 * The bytes of the body, which stay readable for whoever comes next. Throws BODY where what is asked need not be in
 * them: the signature covers no URL, and a GET would ask for whatever its query string says under a body's signature.
 */
export async function readBody(request: IncomingRequest): Promise<string | Uint8Array> {
  const { method = 'POST' } = request;
  const body = 'clone' in request ? new Uint8Array(await request.clone().arrayBuffer()) : request.body;
  if (method !== 'POST' || body.length === 0) throw new IdentityError('BODY');
  return body;
}

/** By what it can do: frameworks bring classes of their own. */
function isHeaders(headers: IncomingRequest['headers']): headers is Headers {
  return typeof headers.get === 'function';
}
