import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLog } from '../../src/kernel/log.ts';
import { NO_TRACING } from '../../src/kernel/tracing.ts';
import { openTracing } from '../../src/process/tracing.ts';
import { type Collector, startCollector } from '../support/trace_collector.ts';
import { holdBuild, killServers, prepareDataDir, type ServerProcess, startServer } from '../support/server_process.ts';
import { startSubgraph, type Subgraph } from '../support/subgraphs.ts';

const PASSWORD = 'the hidden password of kandi';
const USERNAME = 'kandi-the-hidden';
const HEADER = 'the-hidden-header-of-the-collector';
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-traces-'));

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[];
}

const spansIn = (received: readonly string[]): Span[] =>
  received.flatMap((text) =>
    JSON.parse(text).resourceSpans.flatMap((resource: any) => resource.scopeSpans.flatMap((scope: any) => scope.spans)),
  );
const attributesOf = ({ attributes }: Span) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

/** A server that sends traces. */
const start = async (collector: Collector, more: Record<string, string> = {}) =>
  (
    await startServer({
      DATA_DIR: prepareDataDir(mkdtempSync(join(folder, 'data-'))),
      JWT_SECRET_KEY: 'a secret of the tests, 32 bytes or more',
      ADMIN_USERNAME: USERNAME,
      ADMIN_PASSWORD: PASSWORD,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_HEADERS: `x-collector=${HEADER}`,
      ...more,
    })
  ).ready();
const stop = async (server: ServerProcess) => {
  server.signal('SIGTERM');
  return server.exited;
};

beforeAll(holdBuild, 240_000);
afterAll(async () => {
  await killServers();
  rmSync(folder, { recursive: true });
});

describe('traces', () => {
  let collector: Collector;
  let orders: Subgraph;
  let server: ServerProcess;
  let spans: Span[];
  const secrets = [PASSWORD, USERNAME, HEADER, 'the-hidden-query', 'the-hidden-path', '127.0.0.1'];
  const named = (name: string) => spans.filter((span) => span.name === name);

  beforeAll(async () => {
    collector = await startCollector();
    orders = await startSubgraph('orders', 'type Query { orders: Int }', { Query: { orders: () => 3 } });
    server = await start(collector, { SUBGRAPHS: `orders=${orders.url}` });
    const headers = { traceparent: `00-${TRACE}-${PARENT}-01`, baggage: 'tenant=the-hidden-tenant' };
    const { data } = await server.client.ask(
      'mutation SignIn($name: String!, $word: String!) { login(username: $name, password: $word) { accessToken refreshToken } }',
      { variables: { name: USERNAME, word: PASSWORD }, headers },
    );
    const { accessToken, refreshToken } = data.login;
    secrets.push(accessToken, refreshToken);
    for (let time = 1; time <= 2; time += 1) {
      await server.client.ask('query Mine { me { username } orders }', { token: accessToken, headers });
    }
    await server.client.ask(`{ user(username: "the-hidden-path") { id } }`, { token: accessToken });
    await fetch(`${server.url}/the-hidden-path?the-hidden-query`);
    await fetch(`${server.url}/token`, {
      method: 'POST',
      body: new URLSearchParams({ username: USERNAME, password: `not ${PASSWORD}` }),
    });
    // The stop sends the spans that are still queued.
    expect(await stop(server)).toBe(0);
    spans = spansIn(collector.received);
  }, 60_000);
  afterAll(async () => {
    collector.server.close();
    await orders.stop();
  });

  it('continue the trace of the client, and name each request by its route', () => {
    const requests = named('POST /graphql');
    expect(requests).toHaveLength(4);
    const ours = requests.filter(({ traceId }) => traceId === TRACE);
    expect(ours.map(({ parentSpanId }) => parentSpanId)).toEqual([PARENT, PARENT, PARENT]);
    expect(attributesOf(ours[0]!)).toMatchObject({
      'http.request.method': 'POST',
      'http.route': '/graphql',
      'http.response.status_code': 200,
      'gatehouse.request_id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(named('GET other')).toHaveLength(1);
    expect(named('POST /token')).toHaveLength(1);
  });

  it('contain the steps of a sign-in, each under its parent', () => {
    const path = (span: Span | undefined): string[] =>
      span ? [...path(spans.find(({ spanId }) => spanId === span.parentSpanId)), span.name] : [];
    expect(path(named('password verify')[0])).toEqual(['POST /graphql', 'graphql', 'sign in', 'password verify']);
    expect(named('database transaction').map((span) => path(span).join())).toContain(
      'POST /graphql,graphql,sign in,database transaction',
    );
    expect(spans.filter(({ name }) => name.startsWith('keyvalue ')).length).toBeGreaterThan(0);
  });

  it('name an operation by type and name, with and without Apollo', () => {
    const operations = named('graphql').map(attributesOf);
    expect(operations[0]).toEqual({ 'graphql.operation.type': 'mutation', 'graphql.operation.name': 'SignIn' });
    const mine = { 'graphql.operation.type': 'query', 'graphql.operation.name': 'Mine' };
    expect(operations.slice(1, 3)).toEqual([mine, mine]);
  });

  it('are passed on to subgraphs', () => {
    const asked = named('subgraph request').filter(({ traceId }) => traceId === TRACE);
    expect(orders.received.map(({ headers }) => headers['traceparent'])).toEqual(
      asked.map(({ spanId }) => `00-${TRACE}-${spanId}-01`),
    );
    expect(asked).toHaveLength(2);
  });

  it('pass on no other header of a client', () => {
    expect(orders.received.length).toBeGreaterThan(0);
    expect(JSON.stringify(orders.received)).not.toContain('the-hidden-tenant');
  });

  it('carry no password, token, name, address, path or query of a client', () => {
    const sent = collector.received.join();
    for (const secret of secrets) expect(sent).not.toContain(secret);
    // Proves the check: the password was sent.
    expect(named('sign in')).toHaveLength(2);
  });

  it('are named in the log, and name their service to the collector', () => {
    expect(server.said.stdout).toContain(`"trace_id":"${TRACE}"`);
    expect(new Set(collector.headers)).toEqual(new Set([HEADER]));
    expect(`${server.said.stdout}${server.said.stderr}`).not.toContain(HEADER);
  });
});

describe('a collector that does not answer', () => {
  it('delays neither requests nor the stop', async () => {
    const collector = await startCollector(false);
    // Without a limit in the server the stop would take as long as the exporter waits.
    const server = await start(collector, {
      OTEL_EXPORTER_OTLP_TIMEOUT: '3600000',
      OTEL_BSP_EXPORT_TIMEOUT: '3600000',
    });
    await server.client.login(USERNAME, PASSWORD);
    expect(await stop(server)).toBe(0);
    expect(collector.received.length).toBeGreaterThan(0);
    collector.server.closeAllConnections();
    collector.server.close();
  }, 60_000);
});

describe('without OpenTelemetry', () => {
  it('records no trace', async () => {
    expect(await openTracing(null, createLog('silent'))).toBe(NO_TRACING);
  });
});
