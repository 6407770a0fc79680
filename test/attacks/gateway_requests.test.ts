import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { type Instance, startInstance } from '../support/instance.ts';
import { sendRaw } from '../support/raw_request.ts';
import { LINK, startSubgraph, type Subgraph, subgraphsOf } from '../support/subgraphs.ts';

const ANSWER = JSON.stringify({ data: { packed: 'packed' } });

let gatehouse: Instance;
let shop: Subgraph;
/** Responds with the bytes and the `Content-Encoding` of the test. */
let packer: Server;
let packed: { encoding: string; bytes: Buffer } | null = null;
beforeAll(async () => {
  shop = await startSubgraph('shop', 'type Query { open(id: Int, list: [Int!]): String whoami: String }', {
    Query: {
      open: (_root: unknown, { id, list }: { id?: number; list?: number[] }) => `${id ?? ''}${list?.join() ?? ''}`,
      whoami: (_root: unknown, _args: unknown, { headers }: any) =>
        decodeJwt(headers['gatehouse-identity']).sub ?? 'nobody',
    },
  });
  packer = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    if (body.includes('_service'))
      return response.end(JSON.stringify({ data: { _service: { sdl: `${LINK} type Query { packed: String }` } } }));
    response.writeHead(200, {
      'content-type': 'application/json',
      ...(packed ? { 'content-encoding': packed.encoding } : {}),
    });
    return response.end(packed?.bytes ?? ANSWER);
  });
  await once(packer.listen(0, '127.0.0.1'), 'listening');
  const { port } = packer.address() as AddressInfo;
  gatehouse = await startInstance({
    env: { SUBGRAPHS: `${subgraphsOf(shop)},packer=http://127.0.0.1:${port}/graphql` },
  });
});
afterAll(async () => {
  await gatehouse.close();
  await shop.stop();
  packer.closeAllConnections();
  await new Promise((resolve) => packer.close(resolve));
});
beforeEach(() => {
  shop.received.length = 0;
});

describe('the same document', () => {
  // Threat: a plan, a document or a request is cached with the variables of its first caller (CVE-2025-27097).
  it.each([
    ['one after the other', 1],
    ['all at once', 50],
  ])('has the variables of each caller, %s', async (_how, atOnce) => {
    const ask = async (id: number) =>
      (
        await gatehouse.client.ask('query ($id: Int, $list: [Int!]) { a: open(id: $id) b: open(list: $list) }', {
          variables: { id, list: [id, id + 1] },
        })
      ).data;
    const ids = Array.from({ length: 50 }, (_, n) => n);
    const answers: unknown[] = [];
    for (let at = 0; at < ids.length; at += atOnce) {
      answers.push(...(await Promise.all(ids.slice(at, at + atOnce).map(ask))));
    }
    expect(answers).toEqual(ids.map((id) => ({ a: `${id}`, b: `${id},${id + 1}` })));
  });

  it('has the operation of each request', async () => {
    const query = 'query A { open(id: 1) } query B { open(id: 2) } query C { whoami }';
    const ask = async (operationName: string) => {
      const response = await fetch(`${gatehouse.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, operationName }),
      });
      return ((await response.json()) as { data: unknown }).data;
    };
    for (let time = 0; time < 3; time += 1) {
      expect(await Promise.all(['A', 'B', 'C'].map(ask))).toEqual([{ open: '1' }, { open: '2' }, { whoami: 'nobody' }]);
    }
  });
});

describe('a client', () => {
  // Threat: a proxy removes the headers that `Connection` names (RFC 9110, section 7.6.1), and so the identity
  // (CVE-2024-45410).
  it.each([
    'close, Gatehouse-Identity',
    'gatehouse-identity',
    'content-length, host, gatehouse-identity, content-type',
  ])('cannot remove an identity by naming it in Connection: %s', async (connection) => {
    const { status, body } = await sendRaw(
      gatehouse.url,
      'POST /graphql',
      ['Content-Type: application/json', `Connection: ${connection}`],
      '{"query":"{ whoami }"}',
    );
    expect({ status, data: JSON.parse(body).data }).toEqual({ status: 200, data: { whoami: 'nobody' } });
    expect(decodeJwt(String(shop.received[0]!.headers['gatehouse-identity']))).toMatchObject({ aud: 'shop' });
  });
});

describe('the answer of a subgraph', () => {
  const ask = () => gatehouse.client.ask('{ packed open(id: 1) }');
  const zeros = Buffer.alloc(200_000_000);

  it('is read unchanged without an encoding', async () => {
    packed = null;
    expect((await ask()).data).toEqual({ packed: 'packed', open: '1' });
  });

  // Threat: a few kilobytes expand to gigabytes, or through hundreds of layers (CVE-2026-22036). The gateway requests
  // no encoding.
  it.each<[string, string, () => Buffer]>([
    ['packed though nobody asked for it', 'gzip', () => gzipSync(ANSWER)],
    ['that swells', 'gzip', () => gzipSync(zeros)],
    ['that swells, by Brotli', 'br', () => brotliCompressSync(zeros.subarray(0, 50_000_000))],
    ['packed in layers', Array(500).fill('gzip').join(', '), () => gzipSync(ANSWER)],
  ])('%s is the failure of that subgraph alone', async (_name, encoding, bytes) => {
    packed = { encoding, bytes: bytes() };
    const { status, data, errors } = await ask();
    expect({ status, data }).toEqual({ status: 200, data: { packed: null, open: '1' } });
    expect(errors!.map(({ extensions }) => extensions.code)).toEqual(['SUBREQUEST_FAILED']);
  });
});
