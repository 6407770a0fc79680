import type { Fetcher, FetcherOpts, FetcherParams } from '@graphiql/toolkit';
import { Kind, type DocumentNode, type ExecutionResult } from 'graphql';
import { TOKEN_PLACEHOLDER } from './example.ts';

interface Answer {
  readonly data?: { readonly __schema?: unknown } | null;
  readonly errors?: unknown;
}

/** Sends one operation to this server; the answer's body is shown whatever its status. */
export const fetcher: Fetcher = async (params, options = {}) => {
  const response = await fetch('/graphql', {
    method: 'POST',
    credentials: 'same-origin',
    headers: requestHeaders(options.headers),
    body: JSON.stringify({ ...params, variables: declaredVariables(params, options) }),
  });
  const body = await response.text();
  let result: Answer;
  try {
    result = JSON.parse(body) as Answer;
  } catch {
    throw new Error(
      `The server answered ${response.status} ${response.statusText}, without JSON: ${body.slice(0, 500)}`,
    );
  }
  const isRefused = params.operationName === 'IntrospectionQuery' && !result.data?.__schema;
  return (isRefused ? withoutSchema(result) : result) as ExecutionResult;
};

function requestHeaders(typed: FetcherOpts['headers'] = {}): Headers {
  const headers = new Headers({
    'content-type': 'application/json',
    accept: 'application/graphql-response+json, application/json',
  });
  for (const [name, value] of Object.entries(typed)) {
    if (!String(value).includes(TOKEN_PLACEHOLDER)) headers.set(name, String(value));
  }
  return headers;
}

/** The variables the chosen operation declares: the password of `Login` is not sent along with `Me`. */
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

/** Introspection can be switched off: say so where GraphiQL shows the failure, and that the rest works. */
function withoutSchema(refusal: Answer) {
  return {
    note: 'No schema: this server shows none here, so there is no documentation and no completion. Operations run all the same.',
    errors: refusal.errors,
    data: null,
  };
}
