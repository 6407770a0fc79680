import { Agent, request } from 'node:http';

/**
 * A client over kept connections: node:http alone, because what it costs is time that a one-core server on the same
 * machine may lack. It has to be much cheaper than the cheapest answer: `refresh_rate.ts` shows how busy each of the two
 * was.
 */
export interface BenchClient {
  /** One GraphQL operation; throws where the answer holds errors. */
  ask<Data>(query: string, variables?: Record<string, unknown>): Promise<Data>;
  close(): void;
}

export function createBenchClient(url: string, connections: number): BenchClient {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const { hostname, port } = new URL(url);

  function post(body: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const sent = request({ hostname, port, path: '/graphql', method: 'POST', agent, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve(text));
        response.on('error', reject);
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  return {
    async ask<Data>(query: string, variables: Record<string, unknown> = {}) {
      const { data, errors } = JSON.parse(await post(JSON.stringify({ query, variables }))) as {
        data?: Data;
        errors?: unknown;
      };
      if (!data || errors) throw new Error(JSON.stringify(errors));
      return data;
    },
    close: () => agent.destroy(),
  };
}

/** Signs in; answers the refresh token. */
export async function login(client: BenchClient, credentials: { username: string; password: string }): Promise<string> {
  const { login } = await client.ask<{ login: { refreshToken: string } }>(
    'mutation ($username: String!, $password: String!) { login(username: $username, password: $password) { refreshToken } }',
    { ...credentials },
  );
  return login.refreshToken;
}

/** Uses a refresh token up; answers the next. */
export async function refresh(client: BenchClient, refreshToken: string): Promise<string> {
  const { refresh } = await client.ask<{ refresh: { refreshToken: string } }>(
    'mutation ($token: String) { refresh(refreshToken: $token) { accessToken refreshToken } }',
    { token: refreshToken },
  );
  return refresh.refreshToken;
}
