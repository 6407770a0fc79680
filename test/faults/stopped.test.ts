import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { IDLE_MS } from '../../src/http/drain.ts';
import { type Backend, backend, postgresForTests, redisForTests, skipped } from '../support/store_servers.ts';
import { ADMIN } from '../support/instance.ts';
import { createUser, type Person } from '../support/accounts.ts';
import { holdBuild, killServers, type ServerProcess, startServer } from '../support/server_process.ts';
import { latency } from '../support/real_time.ts';
import { until } from '../support/until.ts';

const ME = JSON.stringify({ query: '{ me { username } }' });
const loginOf = (variables: Person) =>
  JSON.stringify({
    query:
      'mutation ($username: String!, $password: String!) { login(username: $username, password: $password) { tokenType } }',
    variables,
  });

interface Told {
  readonly status: number;
  readonly closes: boolean;
  readonly body: string;
}

/** The code of a request on a kept connection that the server closed at that moment (RFC 9112, section 9.5). */
const CLOSED_IDLE = 'closed while idle';
/** Longer than idle connections are kept after SIGINT. */
const BUSY_MS = 400;

/** Sends one request as HTTP libraries do: on the agent's kept connection, or on a new one. */
async function ask(agent: Agent, url: string, token: string, body: string): Promise<Told> {
  const sent = request(`${url}/graphql`, {
    agent,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
  });
  sent.end(body);
  const [answer] = (await once(sent, 'response').catch((error: NodeJS.ErrnoException) => {
    if (sent.reusedSocket && error.code === 'ECONNRESET') error.code = CLOSED_IDLE;
    throw error;
  })) as [IncomingMessage];
  return { status: answer.statusCode!, closes: answer.headers.connection === 'close', body: await text(answer) };
}

/** Begins a request on a new connection. Returns the socket and the response. */
async function begin(url: string, token: string): Promise<{ socket: Socket; answer: Promise<string> }> {
  const { hostname, port, host } = new URL(url);
  const socket = connect(Number(port), hostname);
  const answer = text(socket).catch((error: NodeJS.ErrnoException) => String(error.code));
  await once(socket, 'connect');
  const lines = [
    'POST /graphql HTTP/1.1',
    `Host: ${host}`,
    `Authorization: Bearer ${token}`,
    'Content-Type: application/json',
    `Content-Length: ${ME.length}`,
  ];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  return { socket, answer };
}

describe('stopped under load', () => {
  if (!backend('TEST_DATABASE_URL') || !backend('TEST_REDIS_URL')) {
    return skipped('needs TEST_DATABASE_URL and TEST_REDIS_URL');
  }
  let stores: Backend[] = [];
  let env: Record<string, string>;
  let server: ServerProcess;
  let person: Person;
  let token: string;

  beforeAll(async () => {
    await holdBuild();
    stores = await Promise.all([postgresForTests(), redisForTests()]);
    env = {
      DATABASE_URL: stores[0]!.url,
      REDIS_URL: stores[1]!.url,
      JWT_SECRET_KEY: 'a secret of the tests, 32 bytes or more',
      JWT_ISSUER: 'https://x.example',
      ADMIN_PASSWORD: ADMIN.password,
    };
  }, 180_000);
  afterAll(async () => {
    await killServers();
    await Promise.all(stores.map((store) => store.release()));
  });
  beforeEach(async () => {
    server = await (await startServer(env)).ready();
    person = await createUser({ client: server.client, admin: ADMIN });
    ({ accessToken: token } = await server.client.login(person.username, person.password));
  }, 60_000);
  afterEach(killServers);

  it.each(['SIGTERM', 'SIGINT'] as const)(
    '%s: clients that reconnect when asked to have every response',
    async (name) => {
      const told: Told[] = [];
      const failures: string[] = [];
      /**
       * Sends requests until the server refuses connections. Opens a new connection after a response that closes the
       * old one.
       */
      const keepAsking = async (body: string, betweenMs: number) => {
        const agent = new Agent({ keepAlive: true, maxSockets: 1 });
        for (;;) {
          try {
            told.push(await ask(agent, server.url, token, body));
          } catch (error) {
            const { code = String(error) } = error as NodeJS.ErrnoException;
            // SIGINT does not wait for idle connections. HTTP libraries repeat a request that the server did not begin.
            if (name === 'SIGINT' && code === CLOSED_IDLE) continue;
            if (code !== 'ECONNREFUSED') failures.push(code);
            return agent.destroy();
          }
          await latency(betweenMs);
        }
      };
      const clients = [
        ...Array.from({ length: 12 }, (_, n) => keepAsking(ME, n * 10)),
        ...Array.from({ length: 4 }, (_, n) => keepAsking(loginOf(person), n * 20)),
      ];
      const slow = await begin(server.url, token);
      slow.socket.write(ME.slice(0, 5));
      await until(() => told.length >= 200, Boolean, { patienceMs: 40_000 });

      server.signal(name);
      const signalled = performance.now();
      // Busy clients send before they notice that the connection was closed.
      while (performance.now() - signalled < BUSY_MS);
      await Promise.all(clients);
      // Longer than idle connections are kept.
      await latency(name === 'SIGTERM' ? IDLE_MS + 500 : 500);
      slow.socket.write(ME.slice(5));

      expect(await slow.answer).toMatch(new RegExp(`^HTTP/1.1 200 [^]*"username":"${person.username}"`));
      expect(failures).toEqual([]);
      // Status 499: a request that the server began and never answered.
      expect(server.said.stdout).not.toContain('"status":499');
      expect(told.filter(({ status, body }) => status !== 200 || !body.startsWith('{"data":{'))).toEqual([]);
      expect(told.some(({ closes }) => closes)).toBe(true);
      expect(await server.exited).toBe(0);
      expect(performance.now() - signalled).toBeLessThan(15_000);
      expect(server.said.stderr).toBe('');
    },
    60_000,
  );

  it('SIGTERM keeps an idle connection open for longer than our documented proxies do', async () => {
    const nginx = readFileSync(new URL('../../deploy/nginx/nginx.conf', import.meta.url), 'utf8');
    const [, seconds] = /upstream gatehouse \{[^}]*\bkeepalive_timeout (\d+)s;/.exec(nginx)!;
    const keptMs = Number(seconds) * 1000;
    expect(IDLE_MS).toBeGreaterThanOrEqual(keptMs + 1_000);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    await ask(agent, server.url, token, ME);
    server.signal('SIGTERM');
    // Waits half of the time, because a busy machine wakes up late.
    await latency(keptMs / 2);
    expect(await ask(agent, server.url, token, ME)).toMatchObject({ status: 200, closes: true });
    expect(await server.exited).toBe(0);
  }, 60_000);

  it('SIGINT, at a terminal, does not', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    await ask(agent, server.url, token, ME);
    const sockets = Object.values(agent.freeSockets).flatMap((free) => free ?? []);
    expect(sockets).toHaveLength(1);
    const closed = once(sockets[0]!, 'close').then(() => performance.now());
    server.signal('SIGINT');
    const signalled = performance.now();
    expect((await closed) - signalled).toBeLessThan(IDLE_MS);
    expect(await server.exited).toBe(0);
  }, 60_000);

  it('answers requests that were accepted before and not read yet', async () => {
    // The system accepts connections for a busy server, so these clients are connected and have sent requests.
    server.signal('SIGSTOP');
    const waiting = await Promise.all(Array.from({ length: 50 }, () => begin(server.url, token)));
    for (const { socket } of waiting) socket.write(ME);
    server.signal('SIGTERM');
    server.signal('SIGCONT');
    const answers = await Promise.all(waiting.map(({ answer }) => answer));
    expect(answers.map((answer) => answer.slice(0, 15))).toEqual(waiting.map(() => 'HTTP/1.1 200 OK'));
    expect(await server.exited).toBe(0);
  }, 60_000);
});
