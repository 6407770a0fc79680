import type {
  BatchFetchNode,
  FetchNode,
  FetchRewrite,
  FlattenNodePathSegment,
  PlanNode,
  RequiresSelection,
} from '@graphql-hive/router-query-planner';
import { type DocumentNode, GraphQLError, type GraphQLSchema, parse } from 'graphql';
import { copyOf } from '../kernel/exact_json.ts';
import type { FetchResult } from './executor.ts';
import { MOST_ERRORS } from './most_errors.ts';
import { createRepresentations, type Entity, isEntity, merge, read } from './representations.ts';

export interface PlanExecution {
  /** The supergraph, with what clients do not see: a plan may use it. */
  readonly schema: GraphQLSchema;
  readonly variables: Readonly<Record<string, unknown>>;
  fetch(subgraph: string, document: DocumentNode, variables: Record<string, unknown> | undefined): Promise<FetchResult>;
}

type ResultPath = readonly (string | number)[];

/** An entity that was found, and where. */
interface Place {
  readonly entity: Entity;
  readonly path: ResultPath;
}

/** One `_entities` field of a fetch. */
interface Lookup {
  /** Its response key. */
  readonly key: string;
  /** Without repetitions. */
  readonly representations: Entity[];
  /** Who each of them stands for. */
  readonly places: Place[][];
  readonly rewrites: readonly FetchRewrite[] | undefined;
}

/**
 * Executes what the native planner planned. The planner's own runtime replaces objects that other fetches of the plan
 * hold on to, so that what came second was lost; it does not reach into lists of lists, renames nothing inside
 * entities, and reads names that objects inherit.
 * @returns everything that was answered, more than was asked for; errors have the paths of the plan
 */
export async function executePlan(
  node: PlanNode | undefined,
  { schema, variables, fetch }: PlanExecution,
): Promise<{ data: Entity; errors: GraphQLError[] }> {
  const data: Entity = {};
  const errors: GraphQLError[] = [];
  const representations = createRepresentations(schema, variables);

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
        const lookup = lookUp('_entities', [path], inner.requires ?? [], inner);
        return fetchEntities(inner, [lookup], { representations: lookup.representations });
      }
      case 'BatchFetch':
        return fetchBatch(node);
      case 'Subscription':
      case 'Defer':
        throw new Error(`A plan with ${node.kind}`);
    }
  }

  async function ask(node: FetchNode | BatchFetchNode, more: Record<string, unknown> = {}): Promise<FetchResult> {
    const used = (node.variableUsages ?? []).filter((name) => Object.hasOwn(variables, name));
    const all = { ...Object.fromEntries(used.map((name) => [name, variables[name]])), ...more };
    return fetch(node.serviceName, documentOf(node), Object.keys(all).length > 0 ? all : undefined);
  }

  /** The first of what the fetches answered: one error stands at every place of its entity, of which there may be many. */
  function tell(found: Iterable<GraphQLError>): void {
    for (const error of found) {
      if (errors.length >= MOST_ERRORS) return;
      errors.push(error);
    }
  }

  async function fetchRoot(node: FetchNode): Promise<void> {
    const answer = await ask(node);
    tell(answer.errors ?? []);
    if (!answer.data) return;
    representations.rewrite(answer.data, node.outputRewrites);
    merge(data, answer.data, schema);
  }

  async function fetchBatch(node: BatchFetchNode): Promise<void> {
    const shared = new Map<string, Entity[]>();
    const lookups = node.entityBatch.aliases.map((alias) => {
      // Several fields may be asked for the same entities, by one variable.
      const list = shared.get(alias.representationsVariableName) ?? [];
      shared.set(alias.representationsVariableName, list);
      return lookUp(alias.alias, alias.paths, alias.requires, alias, list);
    });
    await fetchEntities(node, lookups, Object.fromEntries(shared));
  }

  async function fetchEntities(
    node: FetchNode | BatchFetchNode,
    lookups: readonly Lookup[],
    more: Record<string, unknown>,
  ): Promise<void> {
    if (lookups.every(({ representations: { length } }) => length === 0)) return;
    const answer = await ask(node, more);
    tell(relocate(answer.errors ?? [], lookups));
    for (const lookup of answer.data ? lookups : []) {
      const { key, places, rewrites } = lookup;
      // As many as were asked for, or null: see `executor.ts`.
      const entities = (read(answer.data!, key) ?? []) as readonly (Entity | null)[];
      for (const [at, entity] of entities.entries()) {
        if (!entity) continue;
        representations.rewrite(entity, rewrites);
        for (const place of places[at] ?? []) {
          // One object for each place: what is found out for one of them is not found out for all.
          merge(place.entity, places[at]!.length > 1 ? copyOf(entity) : entity, schema);
        }
      }
    }
  }

  function lookUp(
    key: string,
    paths: readonly FlattenNodePathSegment[][],
    requires: readonly RequiresSelection[],
    { inputRewrites, outputRewrites }: Pick<FetchNode, 'inputRewrites' | 'outputRewrites'>,
    list: Entity[] = [],
  ): Lookup {
    const places: Place[][] = [];
    const numbers = new Map(list.map((known, at) => [JSON.stringify(known), at]));
    for (const place of paths.flatMap((path) => [...find(data, path, [])])) {
      const representation = representations.of(place.entity, requires, inputRewrites);
      if (!representation) continue;
      const text = JSON.stringify(representation);
      const at = numbers.get(text) ?? list.push(representation) - 1;
      numbers.set(text, at);
      (places[at] ??= []).push(place);
    }
    return { key, representations: list, places, rewrites: outputRewrites };
  }

  function* find(value: unknown, path: readonly FlattenNodePathSegment[], at: ResultPath): Generator<Place> {
    const [step, ...rest] = path;
    if (Array.isArray(value)) {
      // However deep: a path has one sign for a list of lists.
      const next = step === '@' ? rest : path;
      for (const [index, one] of value.entries()) yield* find(one, Array.isArray(one) ? path : next, [...at, index]);
    } else if (!isEntity(value)) {
      return;
    } else if (step === undefined) {
      yield { entity: value, path: at };
    } else if (step === '@') {
      yield* find(value, rest, at);
    } else if ('Field' in step) {
      yield* find(read(value, step.Field), rest, [...at, step.Field]);
    } else if (value['__typename'] === undefined || representations.isOne(value['__typename'], step.TypeCondition)) {
      // Of one type alone nobody asks which it is.
      yield* find(value, rest, at);
    }
  }

  await run(node);
  return { data, errors };
}

/** Errors of entities, at every place where the entity stands; what is said of none of them, at the first of all. */
function* relocate(errors: readonly GraphQLError[], lookups: readonly Lookup[]): Generator<GraphQLError> {
  const firsts = new Map(lookups.map((lookup) => [lookup, lookup.places.find(Boolean)?.[0]]));
  const used = lookups.find((lookup) => firsts.get(lookup));
  for (const { message, path, originalError } of errors) {
    const [key, index, ...rest] = path ?? [];
    const named = lookups.find((one) => one.key === key);
    const lookup = named ?? used;
    const places = (typeof index === 'number' && named?.places[index]) || [];
    const below = rest.map((step) => renamed(step, lookup?.rewrites));
    const first = lookup && firsts.get(lookup);
    const paths = places.length > 0 ? places.map((place) => [...place.path, ...below]) : first ? [first.path] : [];
    for (const path of paths) yield new GraphQLError(message, { path, originalError: originalError ?? null });
  }
}

function renamed(step: string | number, rewrites: readonly FetchRewrite[] = []): string | number {
  for (const rewrite of rewrites) {
    if (!('KeyRenamer' in rewrite)) continue;
    const last = rewrite.KeyRenamer.path.at(-1);
    if (last && 'Key' in last && last.Key === step) return rewrite.KeyRenamer.renameKeyTo;
  }
  return step;
}

/** A plan's fetches are the same objects from request to request. */
const documents = new WeakMap<object, DocumentNode>();

function documentOf(node: FetchNode | BatchFetchNode): DocumentNode {
  let known = documents.get(node);
  if (!known) documents.set(node, (known = parse(node.operation, { noLocation: true })));
  return known;
}
