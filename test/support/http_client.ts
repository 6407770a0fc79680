import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';
import {
  LoginDocument,
  type LoginMutation,
  MeDocument,
  type MeQuery,
  RefreshDocument,
  type RefreshMutation,
} from '../../schema/documents.ts';
import type { FieldFaults } from '../../src/kernel/field_faults.ts';
import { codesOf } from './faults.ts';
import { noteCookies, noteSecrets, noteSecretsIn } from './log_file.ts';

export interface GraphqlError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: {
    readonly code: string;
    readonly reason?: string;
    readonly retryAfter?: number;
    readonly requestId?: string;
    readonly fields?: FieldFaults;
  };
}

export interface GraphqlAnswer<Data = any> {
  readonly status: number;
  readonly headers: Headers;
  readonly data: Data | null | undefined;
  readonly errors: readonly GraphqlError[] | undefined;
  /** The first error's code, with its reason: `UNAUTHENTICATED/EXPIRED`; undefined without an error. */
  readonly refusal: string | undefined;
  /** The fields of the first error, with their faults: `username TAKEN`. */
  readonly faults: readonly string[];
}

export interface AskOptions {
  readonly token?: string | undefined;
  readonly variables?: Record<string, unknown> | undefined;
  readonly headers?: Record<string, string>;
  /** Disconnects without waiting for the response. */
  readonly signal?: AbortSignal;
}

export type Tokens = LoginMutation['login'];

/** Sends requests over HTTP as programs do. Notes every secret in them for the search of the log. */
export interface Client {
  /** Sends a generated, typed operation. */
  send<Data, Variables extends Record<string, unknown>>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
    options?: Omit<AskOptions, 'variables'>,
  ): Promise<GraphqlAnswer<Data>>;
  /** Sends any text, even an invalid operation. */
  ask(query: string, options?: AskOptions): Promise<GraphqlAnswer>;
  /** Signs in; fails the test if that is refused. */
  login(
    username: string,
    password: string,
    headers?: Record<string, string>,
  ): Promise<Tokens & { refreshToken: string }>;
  tryLogin(username: string, password: string, headers?: Record<string, string>): Promise<GraphqlAnswer<LoginMutation>>;
  refresh(refreshToken: string, headers?: Record<string, string>): Promise<GraphqlAnswer<RefreshMutation>>;
  me(token: string | undefined): Promise<GraphqlAnswer<MeQuery>>;
  form(path: string, fields: Record<string, string> | string, headers?: Record<string, string>): Promise<FormAnswer>;
}

export interface FormAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: any;
}

export function createClient(url: string): Client {
  const ask = async (query: string, { token, variables, headers, signal }: AskOptions = {}): Promise<GraphqlAnswer> => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      body: JSON.stringify({ query, variables }),
      signal: signal ?? null,
    });
    noteCookies(response.headers);
    const { data, errors } = (await response.json()) as GraphqlAnswer;
    noteSecretsIn(data);
    noteSecretsIn(errors);
    const [first] = errors ?? [];
    const reason = first?.extensions.reason;
    return {
      status: response.status,
      headers: response.headers,
      data,
      errors,
      refusal: first && (reason ? `${first.extensions.code}/${reason}` : first.extensions.code),
      faults: codesOf(first?.extensions.fields),
    };
  };
  const send: Client['send'] = (document, variables, options = {}) =>
    ask(print(document), { ...options, variables: variables });
  const tryLogin: Client['tryLogin'] = (username, password, headers = {}) => {
    noteSecrets(password);
    return send(LoginDocument, { username, password }, { headers });
  };
  return {
    ask,
    send,
    tryLogin,
    async login(username, password, headers) {
      const { data, errors } = await tryLogin(username, password, headers);
      if (!data) throw new Error(`login of ${username}: ${JSON.stringify(errors)}`);
      return { ...data.login, refreshToken: data.login.refreshToken! };
    },
    refresh: (refreshToken, headers = {}) => send(RefreshDocument, { refreshToken }, { headers }),
    me: (token) => send(MeDocument, {}, { token }),
    async form(path, fields, headers = {}) {
      const response = await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        body: typeof fields === 'string' ? fields : new URLSearchParams(fields).toString(),
      });
      noteCookies(response.headers);
      const text = await response.text();
      const body = text ? JSON.parse(text) : undefined;
      noteSecretsIn(body);
      return { status: response.status, headers: response.headers, body };
    },
  };
}
