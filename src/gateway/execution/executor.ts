import {
  type DocumentNode,
  execute,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  print,
} from 'graphql';
import type { Context } from '../../graphql/server/context.ts';
import { exactVariables, plain } from '../../graphql/server/exact_variables.ts';
import { Refusal, toRefusal } from '../../kernel/errors.ts';
import { parseMergeable } from '../../kernel/exact_json.ts';
import type { Log } from '../../kernel/log.ts';
import { subgraphFailed } from './complete_response.ts';
import type { CallerIdentity } from '../transport/identity.ts';
import { OWN } from '../composition/ownership.ts';
import { firstErrors, type KnownError, loggedErrors, type ReportedError } from './reported_errors.ts';
import type { SubgraphSettings } from '../transport/subgraph_settings.ts';
import type { SubgraphClient } from '../transport/subgraph_client.ts';

/** One request, as its subgraph requests see it. It is created anew for each request. */
export interface RequestScope {
  readonly context: Context;
  /** Returns the caller to sign for. Rejects with SERVICE_UNAVAILABLE if the caller cannot be looked up. */
  identity(): Promise<CallerIdentity>;
  /** Aborted if the client of a query has disconnected. Fetches that have not begun are then skipped. */
  readonly signal?: AbortSignal | undefined;
}

/** One fetch of a plan. */
export interface Fetch {
  readonly document: DocumentNode;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly context?: RequestScope;
}

export interface FetchResult {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly GraphQLError[];
}

/** Executes the fetches of plans. Never rejects: failures are errors in the result. */
export type ExecuteFetch = (subgraph: string, url: string, fetch: Fetch) => Promise<FetchResult>;

export interface ExecutorOptions {
  /** Our own schema with its access rules, which is executed as a subgraph. */
  readonly own: GraphQLSchema;
  readonly client: SubgraphClient;
  readonly settingsOf: (subgraph: string) => SubgraphSettings;
  readonly log: Log;
}

export function createExecutor({ own, client, settingsOf, log }: ExecutorOptions): ExecuteFetch {
  async function ask(subgraph: string, url: string, { document, variables, context }: Fetch): Promise<FetchResult> {
    const { text: query, operation, lookups } = textOf(document);
    const body = JSON.stringify({ query, ...(variables ? { variables } : {}) });
    const { text, status } = await client.post({
      subgraph,
      url,
      body,
      idempotent: operation === 'query',
      identity: await context!.identity(),
      headers: forwarded(context!.context, settingsOf(subgraph)),
    });
    const answer = parseAnswer(text, status);
    if (!lookups.every((one) => isFound(one, answer, variables)))
      throw new Error('The response does not have the requested entities');
    const data = answer.data ?? null;
    if (!answer.errors) return { data };
    const first = firstErrors(answer.errors);
    const logged = loggedErrors(first, answer.errors.length);
    log.warn({ ...about(subgraph, context), ...logged }, 'a subgraph responded with errors');
    return { data, errors: first.map((error) => toError(error, subgraph)) };
  }

  function toError({ message, path }: KnownError, subgraph: string): GraphQLError {
    const bare = subgraphFailed(subgraph, undefined);
    // A message about no field may name a field that clients cannot see.
    const isOfField = typeof path?.at(-1) === 'string';
    const refusal =
      isOfField && settingsOf(subgraph).exposeErrors
        ? new Refusal('SUBREQUEST_FAILED', { message, cause: bare })
        : bare;
    return new GraphQLError(refusal.message, { originalError: refusal, path });
  }

  return async (subgraph, url, fetch) => {
    // Requests in progress continue. The subgraph works on them anyway, and would exceed its limit of simultaneous
    // requests.
    if (fetch.context?.signal?.aborted) return unanswered(fetch, new Refusal('OVERLOADED'));
    try {
      if (subgraph !== OWN) return await ask(subgraph, url, fetch);
      const { document, variables, context } = fetch;
      // Marks the request as the router's, which is this process. Every access rule of the fields still applies.
      const contextValue: Context = { ...context!.context, fromRouter: async () => true };
      const definitions = operationOf(document).variableDefinitions;
      const result = await execute({
        schema: own,
        document,
        contextValue,
        ...(variables ? { variableValues: exactVariables(own, { definitions, variables }, plain) } : {}),
      });
      return { data: result.data ?? null, ...(result.errors ? { errors: result.errors } : {}) };
    } catch (error) {
      const refusal = error instanceof Refusal ? error : subgraphFailed(subgraph, error);
      log.warn({ ...about(subgraph, fetch.context), err: toRefusal(error).cause }, 'a subgraph failed');
      return unanswered(fetch, refusal);
    }
  };
}

function unanswered({ document }: Fetch, refusal: Refusal): FetchResult {
  const errors = rootsOf(document).map((path) => new GraphQLError(refusal.message, { originalError: refusal, path }));
  return { errors };
}

function about(subgraph: string, scope: RequestScope | undefined) {
  return { subgraph, requestId: scope?.context.origin.requestId };
}

/**
 * Returns the client's headers that are forwarded to a subgraph. The configuration excludes headers of the gateway
 * itself.
 */
function forwarded({ header }: Context, { headers, forwardToken }: SubgraphSettings): Record<string, string> {
  const names = forwardToken ? [...headers, 'authorization'] : headers;
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = header(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

interface SubgraphResult {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly ReportedError[];
}

/** Parses a response. @throws if it is not a GraphQL response */
function parseAnswer(text: string, status: number): SubgraphResult {
  const answer = parseMergeable(text) as Record<string, unknown> | null;
  const { data, errors } = (typeof answer === 'object' && answer) || {};
  const isData = data === undefined || (typeof data === 'object' && !Array.isArray(data));
  const isErrors =
    errors === undefined || (Array.isArray(errors) && errors.every((error) => typeof error === 'object' && error));
  if (!isData || !isErrors || (!data && !errors)) throw new Error(`Not a GraphQL response (status ${status})`);
  return {
    data: (data as SubgraphResult['data']) ?? null,
    ...(errors?.length ? { errors: errors as ReportedError[] } : {}),
  };
}

/** An `_entities` field of a fetch: its response key, and the variable with its representations. */
interface EntityField {
  readonly key: string;
  readonly variable: string;
}

/** Returns false for a list of another length or with other values. It would assign one entity the data of another. */
function isFound(
  { key, variable }: EntityField,
  { data, errors }: SubgraphResult,
  variables: Fetch['variables'],
): boolean {
  const [asked, found] = [variables?.[variable], data?.[key]];
  if (!data || (found == null && errors)) return true;
  return (
    Array.isArray(found) &&
    Array.isArray(asked) &&
    found.length === asked.length &&
    found.every((one) => typeof one === 'object' && !Array.isArray(one))
  );
}

interface FetchText {
  readonly text: string;
  readonly operation: string;
  readonly lookups: readonly EntityField[];
}

/** A plan's documents are the same objects in every request, so their texts are cached. */
const texts = new WeakMap<DocumentNode, FetchText>();

function textOf(document: DocumentNode): FetchText {
  let known = texts.get(document);
  if (!known) {
    const { operation, selectionSet } = operationOf(document);
    const lookups = selectionSet.selections.flatMap((field): EntityField[] => {
      if (field.kind !== Kind.FIELD || field.name.value !== '_entities') return [];
      const value = field.arguments?.find(({ name }) => name.value === 'representations')?.value;
      return value?.kind === Kind.VARIABLE
        ? [{ key: (field.alias ?? field.name).value, variable: value.name.value }]
        : [];
    });
    texts.set(document, (known = { text: print(document), operation, lookups }));
  }
  return known;
}

function operationOf({ definitions }: DocumentNode): OperationDefinitionNode {
  return definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION)!;
}

/** Returns the paths of a failed fetch's errors: each root field, and the first entity of `_entities`. */
function rootsOf(document: DocumentNode): (string | number)[][] {
  return operationOf(document).selectionSet.selections.flatMap((selection) => {
    if (selection.kind !== Kind.FIELD) return [];
    const key = selection.alias?.value ?? selection.name.value;
    return [selection.name.value === '_entities' ? [key, 0] : [key]];
  });
}
