import type { Fetcher, FetcherOpts, FetcherParams } from '@graphiql/toolkit';
import { type AuthClient, type AuthError, readAuthErrors } from 'gatehouse-client';
import { pathTo } from '../base.ts';
import type { StepUp } from '../step_up.ts';
import { Kind, type DocumentNode, type ExecutionResult } from 'graphql';

type Errors = Parameters<typeof readAuthErrors>[0];

interface Answer {
  readonly data?: { readonly __schema?: unknown } | null;
  readonly errors?: Errors;
}

/**
 * Returns a fetcher that sends operations to this server, with the session's token unless a header has another one. It
 * shows every response body, whatever the status. An operation of one field that was refused because the sign-in is too
 * old or too weak is repeated once, after the user has confirmed.
 */
export function createFetcher(auth: AuthClient, stepUp: Pick<StepUp, 'ask'>): Fetcher {
  const send = async (params: FetcherParams, options: FetcherOpts) => {
    const headers = requestHeaders(options.headers);
    const token = headers.has('authorization') ? undefined : await auth.getAccessToken();
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
    const response = await fetch(pathTo('graphql'), {
      method: 'POST',
      credentials: 'same-origin',
      headers,
      body: JSON.stringify({ ...params, variables: declaredVariables(params, options) }),
    });
    const result = await readAnswer(response);
    if (token !== undefined) {
      auth.noteAnswer(response, token);
      noteRefusals(auth, token, result.errors);
    }
    const isRefused = params.operationName === 'IntrospectionQuery' && !result.data?.__schema;
    const required = token === undefined ? undefined : readAuthErrors(result.errors).find(isStepUp)?.stepUp;
    return { result: (isRefused ? withoutSchema(result) : result) as ExecutionResult, required };
  };
  return async (params, options = {}) => {
    const { result, required } = await send(params, options);
    if (!required || !mayRepeat(params, options) || !(await stepUp.ask(required))) return result;
    return (await send(params, options)).result;
  };
}

const isStepUp = ({ stepUp }: AuthError) => stepUp !== undefined;

/** Returns whether an operation has one field: of several, another one may have changed something already. */
function mayRepeat({ operationName }: FetcherParams, { documentAST }: FetcherOpts): boolean {
  const fields = documentAST && findOperation(documentAST, operationName)?.selectionSet.selections;
  return fields?.length === 1 && fields[0]!.kind === Kind.FIELD;
}

function requestHeaders(typed: FetcherOpts['headers'] = {}): Headers {
  const headers = new Headers({
    'content-type': 'application/json',
    accept: 'application/graphql-response+json, application/json',
  });
  for (const [name, value] of Object.entries(typed)) headers.set(name, String(value));
  return headers;
}

async function readAnswer(response: Response): Promise<Answer> {
  const body = await response.text();
  try {
    return JSON.parse(body) as Answer;
  } catch {
    const { status, statusText } = response;
    throw new Error(`The server responded with ${status} ${statusText}, without JSON: ${body.slice(0, 500)}`);
  }
}

/** Makes the kit check whether the session has ended. Its next refresh may be half an hour away. */
function noteRefusals(auth: AuthClient, token: string, errors: Errors): void {
  const refusals = readAuthErrors(errors);
  if (refusals.some(({ accountDisabled }) => accountDisabled)) auth.dropSession(token);
  else if (refusals.some(({ tokenRefused }) => tokenRefused)) {
    // If the server cannot be reached now, the next operation tries again.
    auth.getAccessToken({ refused: token }).catch(() => undefined);
  }
}

/** Returns the variables that the operation declares, so that the password of `Login` is not sent with `Me`. */
function declaredVariables({ operationName, variables }: FetcherParams, { documentAST }: FetcherOpts): unknown {
  const operation = documentAST && findOperation(documentAST, operationName);
  if (!operation || !variables) return variables;
  const declared = new Set(operation.variableDefinitions?.map(({ variable }) => variable.name.value));
  return Object.fromEntries(
    Object.entries(variables as Record<string, unknown>).filter(([name]) => declared.has(name)),
  );
}

function findOperation(document: DocumentNode, name: string | null | undefined) {
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  return name ? operations.find((operation) => operation.name?.value === name) : operations[0];
}

/** Explains, where GraphiQL shows the failure, that introspection is disabled and operations still work. */
function withoutSchema(refusal: Answer) {
  return {
    note: 'This server does not allow introspection, so there is no documentation and no completion. Operations still work.',
    errors: refusal.errors,
    data: null,
  };
}
