import type { BatchFetchNode, EntityBatchAlias, FetchNode, PlanNode } from '@graphql-hive/router-query-planner';
import { type DocumentNode, getOperationAST, GraphQLError, type GraphQLSchema, parse } from 'graphql';
import { copyOf } from '../../kernel/exact_json.ts';
import type { Computed } from './computed.ts';
import { type Entity, isEntity, merge, read } from './entity.ts';
import type { FetchResult } from './executor.ts';
import { markNulls } from './failed.ts';
import { createLookups, type Lookup } from './lookups.ts';
import { MOST_ERRORS } from './most_errors.ts';
import { relocate } from './relocate.ts';
import { createRepresentations } from './representations.ts';
import type { Selections } from './selection.ts';
import { withoutFields } from './without_fields.ts';

export interface PlanExecution {
  /** The supergraph with hidden fields, because a plan may use them. */
  readonly schema: GraphQLSchema;
  readonly selections: Selections;
  readonly computed: Computed;
  readonly variables: Readonly<Record<string, unknown>>;
  fetch(subgraph: string, document: DocumentNode, variables: Record<string, unknown> | undefined): Promise<FetchResult>;
}

/**
 * Executes a plan of the native planner. The planner's own runtime has faults: it replaces objects that other fetches
 * of the plan refer to and so loses data, ignores lists of lists, renames nothing inside entities, and reads inherited
 * names.
 * @returns all collected data, more than was requested; errors have the paths of the plan
 */
export async function executePlan(
  node: PlanNode | undefined,
  { schema, selections, computed, variables, fetch }: PlanExecution,
): Promise<{ data: Entity; errors: GraphQLError[] }> {
  const data: Entity = {};
  const errors: GraphQLError[] = [];
  const representations = createRepresentations(schema, variables);
  const { find, fieldsAt, miss } = createLookups({ schema, computed, representations });

  async function run(node: PlanNode | undefined): Promise<void> {
    switch (node?.kind) {
      case undefined:
        return;
      case 'Sequence':
        for (const one of node.nodes) await run(one);
        return;
      case 'Parallel':
        await Promise.all(node.nodes.map(run));
        return;
      case 'Condition':
        return run(variables[node.condition] === true ? node.ifClause : node.elseClause);
      case 'Fetch':
        return fetchRoot(node);
      case 'Flatten': {
        const { node: inner, path } = node;
        if (inner.kind !== 'Fetch') throw new Error(`A plan with ${inner.kind} in Flatten`);
        const alias = { alias: '_entities', representationsVariableName: 'representations', paths: [path] };
        return fetchBatch(inner, [{ ...inner, ...alias, requires: inner.requires ?? [] }]);
      }
      case 'BatchFetch':
        return fetchBatch(node, node.entityBatch.aliases);
      case 'Subscription':
      case 'Defer':
        throw new Error(`A plan with ${node.kind}`);
    }
  }

  async function ask(
    { serviceName }: FetchNode | BatchFetchNode,
    document: DocumentNode,
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<FetchResult> {
    // Sends the client's variables only to subgraphs whose fields use them.
    const used = (getOperationAST(document)?.variableDefinitions ?? [])
      .map(({ variable }) => variable.name.value)
      .filter((name) => Object.hasOwn(variables, name));
    const all = { ...Object.fromEntries(used.map((name) => [name, variables[name]])), ...more };
    return fetch(serviceName, document, Object.keys(all).length > 0 ? all : undefined);
  }

  /** Keeps the first errors. One error is repeated at every position of its entity, and there can be very many. */
  function tell(found: Iterable<GraphQLError>): void {
    for (const error of found) {
      if (errors.length >= MOST_ERRORS) return;
      errors.push(error);
    }
  }

  async function fetchRoot(node: FetchNode): Promise<void> {
    const document = documentOf(node);
    const answer = await ask(node, document);
    tell(answer.errors ?? []);
    const asks = selections.of(document, variables);
    if (!answer.data) return miss(data, asks.selection.of(asks.type), { why: answer, rewrites: node.outputRewrites });
    markNulls(answer, asks);
    representations.rewrite(answer.data, node.outputRewrites);
    merge(data, answer.data, schema);
  }

  async function fetchBatch(node: FetchNode | BatchFetchNode, aliases: readonly EntityBatchAlias[]): Promise<void> {
    const document = documentOf(node);
    const asks = selections.of(document, variables);
    const shared = new Map<string, Entity[]>();
    const found = aliases.map((alias) => {
      // Several fields can share the entities of one variable.
      const list = shared.get(alias.representationsVariableName) ?? [];
      shared.set(alias.representationsVariableName, list);
      return find({ data, subgraph: node.serviceName, alias, list, asks });
    });
    await Promise.all([
      fetchEntities(node, {
        document,
        lookups: found.map(({ lookup }) => lookup),
        representations: Object.fromEntries(shared),
      }),
      ...found.flatMap(({ remainders }) =>
        remainders.map((one) =>
          fetchEntities(node, {
            document: withoutFields(document, one.key, one.left),
            lookups: [one],
            representations: { [one.variable]: one.representations },
          }),
        ),
      ),
    ]);
  }

  async function fetchEntities(
    node: FetchNode | BatchFetchNode,
    { document, lookups, representations: more }: EntityFetch,
  ): Promise<void> {
    if (lookups.every(({ representations: { length } }) => length === 0)) return;
    const answer = await ask(node, document, more);
    tell(relocate(answer.errors ?? [], lookups));
    const asks = selections.of(document, variables);
    markNulls(answer, asks);
    for (const lookup of lookups) {
      const { key, places, rewrites } = lookup;
      // The executor has checked that the list is as long as the representations, or null.
      const found = answer.data ? read(answer.data, key) : undefined;
      for (const [at, same] of places.entries()) {
        const entity = Array.isArray(found) ? (found[at] as unknown) : found;
        if (isEntity(entity)) representations.rewrite(entity, rewrites);
        for (const place of same ?? []) {
          // Copies the entity for each position, because later fetches may give the positions different fields.
          if (isEntity(entity)) merge(place.entity, same.length > 1 ? copyOf(entity) : entity, schema);
          else if (entity !== null) miss(place.entity, fieldsAt(place, key, asks), { why: entity ?? answer, rewrites });
        }
      }
    }
  }

  await run(node);
  return { data, errors };
}

/** A fetch of entities. */
interface EntityFetch {
  readonly document: DocumentNode;
  readonly lookups: readonly Lookup[];
  /** The representations by variable. */
  readonly representations: Readonly<Record<string, unknown>>;
}

/** A plan's fetches are the same objects in every request, so their documents are cached. */
const documents = new WeakMap<object, DocumentNode>();

function documentOf(node: FetchNode | BatchFetchNode): DocumentNode {
  let known = documents.get(node);
  if (!known) documents.set(node, (known = parse(node.operation, { noLocation: true })));
  return known;
}
