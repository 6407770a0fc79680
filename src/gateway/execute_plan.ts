import type {
  BatchFetchNode,
  EntityBatchAlias,
  FetchNode,
  FetchRewrite,
  FlattenNodePathSegment,
  PlanNode,
} from '@graphql-hive/router-query-planner';
import { type DocumentNode, getOperationAST, GraphQLError, type GraphQLSchema, parse } from 'graphql';
import { copyOf } from '../kernel/exact_json.ts';
import { wordless } from './account.ts';
import type { Computed } from './computed.ts';
import { type Entity, Failed, isEntity, merge, read } from './entity.ts';
import type { FetchResult } from './executor.ts';
import { markMissing, markNulls } from './failed.ts';
import { MOST_ERRORS } from './most_errors.ts';
import { createRepresentations } from './representations.ts';
import type { FetchSelection, Selected, Selections } from './selection.ts';
import { withoutFields } from './without_fields.ts';

export interface PlanExecution {
  /** The supergraph, with what clients do not see: a plan may use it. */
  readonly schema: GraphQLSchema;
  readonly selections: Selections;
  readonly computed: Computed;
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

/** Entities of which some fields cannot be asked for, because what they are computed from failed. */
interface Remainder extends Lookup {
  readonly variable: string;
  /** The response keys that are left out. */
  readonly left: ReadonlySet<string>;
}

/** What a fetch looks entities up by. */
interface Found {
  readonly lookup: Lookup;
  readonly remainders: readonly Remainder[];
}

/**
 * Executes what the native planner planned. The planner's own runtime replaces objects that other fetches of the plan
 * hold on to, so that what came second was lost; it does not reach into lists of lists, renames nothing inside
 * entities, and reads names that objects inherit.
 * @returns everything that was answered, more than was asked for; errors have the paths of the plan
 */
export async function executePlan(
  node: PlanNode | undefined,
  { schema, selections, computed, variables, fetch }: PlanExecution,
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
    more: Record<string, unknown> = {},
  ): Promise<FetchResult> {
    // What the client gave is for those subgraphs alone whose fields take it.
    const used = (getOperationAST(document)?.variableDefinitions ?? [])
      .map(({ variable }) => variable.name.value)
      .filter((name) => Object.hasOwn(variables, name));
    const all = { ...Object.fromEntries(used.map((name) => [name, variables[name]])), ...more };
    return fetch(serviceName, document, Object.keys(all).length > 0 ? all : undefined);
  }

  /** The first of what the fetches answered: one error stands at every place of its entity, of which there may be many. */
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
    if (!answer.data) return miss(data, asks.selection.of(asks.type), answer, node.outputRewrites);
    markNulls(answer, asks);
    representations.rewrite(answer.data, node.outputRewrites);
    merge(data, answer.data, schema);
  }

  async function fetchBatch(node: FetchNode | BatchFetchNode, aliases: readonly EntityBatchAlias[]): Promise<void> {
    const document = documentOf(node);
    const asks = selections.of(document, variables);
    const shared = new Map<string, Entity[]>();
    const found = aliases.map((alias) => {
      // Several fields may be asked for the same entities, by one variable.
      const list = shared.get(alias.representationsVariableName) ?? [];
      shared.set(alias.representationsVariableName, list);
      return lookUp(node.serviceName, alias, list, asks);
    });
    await Promise.all([
      fetchEntities(
        node,
        document,
        found.map(({ lookup }) => lookup),
        Object.fromEntries(shared),
      ),
      ...found.flatMap(({ remainders }) =>
        remainders.map((one) =>
          fetchEntities(node, withoutFields(document, one.key, one.left), [one], {
            [one.variable]: one.representations,
          }),
        ),
      ),
    ]);
  }

  async function fetchEntities(
    node: FetchNode | BatchFetchNode,
    document: DocumentNode,
    lookups: readonly Lookup[],
    more: Record<string, unknown>,
  ): Promise<void> {
    if (lookups.every(({ representations: { length } }) => length === 0)) return;
    const answer = await ask(node, document, more);
    tell(relocate(answer.errors ?? [], lookups));
    const asks = selections.of(document, variables);
    markNulls(answer, asks);
    for (const lookup of lookups) {
      const { key, places, rewrites } = lookup;
      // As many as were asked for, or null: see `executor.ts`.
      const found = answer.data ? read(answer.data, key) : undefined;
      for (const [at, same] of places.entries()) {
        const entity = Array.isArray(found) ? (found[at] as unknown) : found;
        if (isEntity(entity)) representations.rewrite(entity, rewrites);
        for (const place of same ?? []) {
          // One object for each place: what is found out for one of them is not found out for all.
          if (isEntity(entity)) merge(place.entity, same.length > 1 ? copyOf(entity) : entity, schema);
          else if (entity !== null) miss(place.entity, fieldsAt(place, key, asks), entity ?? answer, rewrites);
        }
      }
    }
  }

  /** Notes why nothing came of the fields of an object. */
  function miss(
    entity: Entity,
    fields: ReadonlyMap<string, Selected>,
    why: unknown,
    rewrites: readonly FetchRewrite[] | undefined,
  ): void {
    const [error] = (why as FetchResult).errors ?? [];
    const failed = why instanceof Failed ? why : error && new Failed(error);
    if (failed) markMissing(entity, fields, failed, (key) => String(renamed(key, rewrites)));
  }

  function fieldsAt({ entity }: Place, key: string, { selection, type }: FetchSelection) {
    const of = schema.getType(String(entity['__typename'])) ?? null;
    return selection.of(type).get(key)!.below!.of(of);
  }

  function lookUp(subgraph: string, alias: EntityBatchAlias, list: Entity[], asks: FetchSelection): Found {
    const { alias: key, paths, requires, inputRewrites, outputRewrites: rewrites } = alias;
    const variable = alias.representationsVariableName;
    const lookup: Lookup = { key, representations: list, places: [], rewrites };
    const remainders = new Map<string, Remainder>();
    const numbers = new Map<Lookup, Map<string, number>>();
    const add = (to: Lookup, place: Place, representation: Entity): void => {
      const known = numbers.get(to) ?? new Map(to.representations.map((one, at) => [JSON.stringify(one), at]));
      numbers.set(to, known);
      const text = JSON.stringify(representation);
      const at = known.get(text) ?? to.representations.push(representation) - 1;
      known.set(text, at);
      (to.places[at] ??= []).push(place);
    };
    for (const place of paths.flatMap((path) => [...find(data, path, [])])) {
      const { value, failed } = representations.of(place.entity, requires, inputRewrites);
      if (failed.size === 0) {
        if (value) add(lookup, place, value);
        continue;
      }
      const left = leaveOut(subgraph, place, fieldsAt(place, key, asks), failed, alias);
      if (!value || !left) continue;
      const name = [...left].join(' ');
      const remainder = remainders.get(name) ?? { ...lookup, representations: [], places: [], variable, left };
      remainders.set(name, remainder);
      add(remainder, place, value);
    }
    return { lookup, remainders: [...remainders.values()] };
  }

  /**
   * Gives the fields that are computed from what failed the same reason.
   * @returns their keys; undefined where no other field is left to ask for
   */
  function leaveOut(
    subgraph: string,
    place: Place,
    fields: ReadonlyMap<string, Selected>,
    failed: ReadonlyMap<string, Failed>,
    { inputRewrites, outputRewrites }: EntityBatchAlias,
  ): ReadonlySet<string> | undefined {
    const type = schema.getType(String(place.entity['__typename']));
    const left = new Map<string, Selected>();
    let isKnown = true;
    for (const [input, { error }] of failed) {
      const name = renamed(input, inputRewrites);
      const inputs =
        type && [...fields].filter(([, one]) => computed.inputsOf(subgraph, type, one.name).has(String(name)));
      // Without a key nothing of it can be asked for.
      const gone = inputs && inputs.length > 0 ? new Map(inputs) : fields;
      if (gone === fields) isKnown = false;
      for (const [key, one] of gone) left.set(key, one);
      miss(place.entity, gone, new Failed(error, true), outputRewrites);
    }
    const isLeft = [...fields].some(([key, { name }]) => name !== '__typename' && !left.has(key));
    return isKnown && isLeft ? new Set(left.keys()) : undefined;
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
  for (const error of errors) {
    const { message, path, originalError } = error;
    const [key, index, ...rest] = path ?? [];
    const named = lookups.find((one) => one.key === key);
    const places = (typeof index === 'number' && named?.places[index]) || [];
    const below = rest.map((step) => renamed(step, named?.rewrites));
    for (const place of places) {
      yield new GraphQLError(message, { path: [...place.path, ...below], originalError: originalError ?? null });
    }
    const first = firsts.get(named ?? used!);
    if (places.length === 0 && first) yield wordless(error, first.path);
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
