import { type Connection, requestOf } from './client.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Returns the request of one operation. @param token an access token */
export function operation(query: string, variables: Readonly<Record<string, unknown>> = {}, token?: string): Buffer {
  return requestOf({
    path: '/graphql',
    body: JSON.stringify({ query, variables }),
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
  });
}

/** Sends an operation and returns the body unparsed. Rejects if the response has errors. */
export async function send(connection: Connection, request: Buffer): Promise<string> {
  const { status, body } = await connection.send(request);
  if (status !== 200 || body.includes('"errors"')) throw new Error(`${status}: ${body}`);
  return body;
}

/** Sends an operation and returns its data. Rejects if the response has errors. */
export async function ask<Data>(connection: Connection, request: Buffer): Promise<Data> {
  return (JSON.parse(await send(connection, request)) as { data: Data }).data;
}

/** Returns the request of a sign-in. */
export function loginOperation({ username, password }: Credentials): Buffer {
  return operation(
    'mutation ($username: String!, $password: String!) ' +
      '{ login(username: $username, password: $password) { accessToken refreshToken } }',
    { username, password },
  );
}

/** Signs in and returns the tokens. */
export async function login(
  connection: Connection,
  credentials: Credentials,
): Promise<{ accessToken: string; refreshToken: string }> {
  type Data = { login: { accessToken: string; refreshToken: string } };
  return (await ask<Data>(connection, loginOperation(credentials))).login;
}

/** Uses a refresh token and returns the next one. */
export async function refresh(connection: Connection, refreshToken: string): Promise<string> {
  const request = operation(
    'mutation ($token: String) { refresh(refreshToken: $token) { accessToken refreshToken } }',
    { token: refreshToken },
  );
  return (await ask<{ refresh: { refreshToken: string } }>(connection, request)).refresh.refreshToken;
}
