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
import { subgraphFailed } from './complete.ts';
import type { Asker } from '../transport/identity.ts';
import { OWN } from '../composition/ownership.ts';
import { firstErrors, type KnownError, loggedErrors, type ReportedError } from './reported_errors.ts';
import type { SubgraphSettings } from '../transport/subgraph_settings.ts';
import type { SubgraphClient } from '../transport/subgraph_client.ts';

/** A request as its subgraph requests see it: made anew for each. */
export interface Asking {
  readonly context: Context;
  /** Who it is signed for. Rejects with SERVICE_UNAVAILABLE where that cannot be found out. */
  asker(): Promise<Asker>;
  /** Of a query: aborted where the client has gone, so that what has not begun for it need not begin. */
  readonly gone?: AbortSignal | undefined;
}

/** One fetch of a plan. */
export interface Fetch {
  readonly document: DocumentNode;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly context?: Asking;
}

export interface FetchResult {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly GraphQLError[];
}

/** Executes the fetches of plans. Never rejects: what went wrong is an error of the result. */
export type Execute = (subgraph: string, url: string, fetch: Fetch) => Promise<FetchResult>;

export interface ExecutorOptions {
  /** Our own graph behind its rules, as a subgraph. */
  readonly own: GraphQLSchema;
  readonly client: SubgraphClient;
  readonly settingsOf: (subgraph: string) => SubgraphSettings;
  readonly log: Log;
}

export function createExecutor({ own, client, settingsOf, log }: ExecutorOptions): Execute {
  async function ask(subgraph: string, url: string, { document, variables, context }: Fetch): Promise<FetchResult> {
    const { text: query, operation, lookups } = textOf(document);
    const body = JSON.stringify({ query, ...(variables ? { variables } : {}) });
    const { text, status } = await client.post({
      subgraph,
      url,
      body,
      idempotent: operation === 'query',
      asker: await context!.asker(),
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
    // Words that are said of no field may name one that clients do not see.
    const isOfField = typeof path?.at(-1) === 'string';
    const refusal =
      isOfField && settingsOf(subgraph).exposeErrors
        ? new Refusal('SUBREQUEST_FAILED', { message, cause: bare })
        : bare;
    return new GraphQLError(refusal.message, { originalError: refusal, path });
  }

  return async (subgraph, url, fetch) => {
    // What was sent goes on: a subgraph works on it all the same, and would be given more at a time than it should.
    if (fetch.context?.gone?.aborted) return unanswered(fetch, new Refusal('OVERLOADED'));
    try {
      if (subgraph !== OWN) return await ask(subgraph, url, fetch);
      const { document, variables, context } = fetch;
      // Who asks is the router, and that is us; every rule of the fields goes on.
      const contextValue: Context = { ...context!.context, fromRouter: async () => true };
      const definitions = operationOf(document).variableDefinitions;
      const result = await execute({
        schema: own,
        document,
        contextValue,
        ...(variables ? { variableValues: exactVariables(own, definitions, variables, plain) } : {}),
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

function about(subgraph: string, asking: Asking | undefined) {
  return { subgraph, requestId: asking?.context.origin.requestId };
}

/** The headers of the client's request that a subgraph gets. Nothing of ours can be among them: see `config`. */
function forwarded({ header }: Context, { headers, forwardToken }: SubgraphSettings): Record<string, string> {
  const names = forwardToken ? [...headers, 'authorization'] : headers;
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = header(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

interface Answer {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly ReportedError[];
}

/** Throws where it is no answer of a GraphQL server. */
function parseAnswer(text: string, status: number): Answer {
  const answer = parseMergeable(text) as Record<string, unknown> | null;
  const { data, errors } = (typeof answer === 'object' && answer) || {};
  const isData = data === undefined || (typeof data === 'object' && !Array.isArray(data));
  const isErrors =
    errors === undefined || (Array.isArray(errors) && errors.every((error) => typeof error === 'object' && error));
  if (!isData || !isErrors || (!data && !errors)) throw new Error(`Not a GraphQL response (status ${status})`);
  return { data: (data as Answer['data']) ?? null, ...(errors?.length ? { errors: errors as ReportedError[] } : {}) };
}

/** An `_entities` field of a fetch: its key in the answer, and the variable that says which. */
interface Lookup {
  readonly key: string;
  readonly variable: string;
}

/** A list of another length, or of something else, would give one entity what is another's. */
function isFound({ key, variable }: Lookup, { data, errors }: Answer, variables: Fetch['variables']): boolean {
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
  readonly lookups: readonly Lookup[];
}

/** A plan's documents are the same objects from request to request. */
const texts = new WeakMap<DocumentNode, FetchText>();

function textOf(document: DocumentNode): FetchText {
  let known = texts.get(document);
  if (!known) {
    const { operation, selectionSet } = operationOf(document);
    const lookups = selectionSet.selections.flatMap((field): Lookup[] => {
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

/** Where the fields of a fetch are missed: each root field, and of entities the first. */
function rootsOf(document: DocumentNode): (string | number)[][] {
  return operationOf(document).selectionSet.selections.flatMap((selection) => {
    if (selection.kind !== Kind.FIELD) return [];
    const key = selection.alias?.value ?? selection.name.value;
    return [selection.name.value === '_entities' ? [key, 0] : [key]];
  });
}
