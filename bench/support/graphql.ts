import { type Connection, requestOf } from './client.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** The request of one operation. @param token an access token to show */
export function operation(query: string, variables: Readonly<Record<string, unknown>> = {}, token?: string): Buffer {
  return requestOf({
    path: '/graphql',
    body: JSON.stringify({ query, variables }),
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
  });
}

/** Sends an operation, and looks no further into the answer than whether it is one. Throws where it holds errors. */
export async function send(connection: Connection, request: Buffer): Promise<string> {
  const { status, body } = await connection.send(request);
  if (status !== 200 || body.includes('"errors"')) throw new Error(`${status}: ${body}`);
  return body;
}

/** Sends an operation; answers its data. Throws where the answer holds errors. */
export async function ask<Data>(connection: Connection, request: Buffer): Promise<Data> {
  return (JSON.parse(await send(connection, request)) as { data: Data }).data;
}

/** The request of a sign-in. */
export function loginOperation({ username, password }: Credentials): Buffer {
  return operation(
    'mutation ($username: String!, $password: String!) ' +
      '{ login(username: $username, password: $password) { accessToken refreshToken } }',
    { username, password },
  );
}

/** Signs in; answers the tokens. */
export async function login(
  connection: Connection,
  credentials: Credentials,
): Promise<{ accessToken: string; refreshToken: string }> {
  type Data = { login: { accessToken: string; refreshToken: string } };
  return (await ask<Data>(connection, loginOperation(credentials))).login;
}

/** Uses a refresh token up; answers the next. */
export async function refresh(connection: Connection, refreshToken: string): Promise<string> {
  const request = operation(
    'mutation ($token: String) { refresh(refreshToken: $token) { accessToken refreshToken } }',
    { token: refreshToken },
  );
  return (await ask<{ refresh: { refreshToken: string } }>(connection, request)).refresh.refreshToken;
}
