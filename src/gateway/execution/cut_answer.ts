import {
  type GraphQLLeafType,
  type GraphQLNamedType,
  type GraphQLOutputType,
  GraphQLError,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import type { Log } from '../../kernel/log.ts';
import { subgraphFailed } from './complete_response.ts';
import { type Entity, isEntity, read } from './entity.ts';
import type { ExecuteFetch, Fetch, FetchResult } from './executor.ts';
import { coveredBy, type Covered } from './failed.ts';
import { leaf } from './leaf.ts';
import { OWN, readOwnership } from '../composition/ownership.ts';
import { createSelections, isOfType, type Selected, type Selection } from './selection.ts';

/** A response with more faults is dropped as a whole. */
const MOST_FAULTS = 100;

type AnswerPath = (string | number)[];

/** A response does not match its subgraph's schema in too many places to report them all. */
class TooManyFaults extends Error {}

/**
 * Reduces every response of a subgraph to the requested fields, before it is used. Threat: a subgraph could overwrite
 * the data of other subgraphs, fill in denied fields, and change the keys with which the next subgraph is asked. A
 * value that does not match the schema becomes null, with an error of that subgraph.
 */
export function cutAnswers(schema: GraphQLSchema, fetch: ExecuteFetch, log: Log): ExecuteFetch {
  const selections = createSelections(schema);
  const ownership = readOwnership(schema);
  const typenames = new Map<string, (typename: string) => GraphQLNamedType | undefined>();

  /** Returns a lookup of the types that objects of one subgraph can have. */
  function typesOf(subgraph: string) {
    let typeNamed = typenames.get(subgraph);
    if (!typeNamed) {
      const known = new Map<string, GraphQLNamedType>();
      for (const type of Object.values(schema.getTypeMap())) {
        const how = ownership.knows(subgraph, type);
        const isAnswered = isObjectType(type) ? how !== 'no' : isInterfaceType(type) && how === 'interface object';
        if (isAnswered) known.set(type.name, type);
      }
      typenames.set(subgraph, (typeNamed = (typename) => known.get(typename)));
    }
    return typeNamed;
  }

  return async (subgraph, url, asked) => {
    const result = await fetch(subgraph, url, asked);
    // Our own graph was executed by graphql-js in this process, which returns exactly the requested fields.
    if (subgraph === OWN || !result.data) return result;
    const asks = selections.of(asked.document, asked.variables);
    const faults: { readonly why: string; readonly path: AnswerPath }[] = [];
    const cut = createCut({
      schema,
      typeNamed: typesOf(subgraph),
      asked,
      covered: coveredBy(result, asks),
      tell: (why, path) => {
        if (faults.push({ why, path }) > MOST_FAULTS) throw new TooManyFaults(why);
      },
    });
    let data: FetchResult['data'] = result.data;
    try {
      cut(result.data, asks.selection, asks.type);
    } catch (error) {
      if (!(error instanceof TooManyFaults)) throw error;
      data = null;
      faults.splice(0, faults.length, ...Object.keys(result.data).map((key) => ({ why: error.message, path: [key] })));
    }
    if (faults.length === 0) return result;
    const requestId = asked.context?.context.origin.requestId;
    log.warn({ subgraph, requestId, faults: faults.slice(0, 10) }, 'a subgraph response does not match its schema');
    const refusal = subgraphFailed(subgraph, undefined);
    const errors = faults.map(({ path }) => new GraphQLError(refusal.message, { path, originalError: refusal }));
    return { data, errors: [...(result.errors ?? []), ...errors] };
  };
}

interface CutOptions {
  readonly schema: GraphQLSchema;
  readonly typeNamed: (typename: string) => GraphQLNamedType | undefined;
  readonly asked: Fetch;
  /** The nulls that the subgraph explained with an error. */
  readonly covered: Covered;
  readonly tell: (why: string, path: AnswerPath) => void;
}

/** Changes the response in place without copies, because nearly every response needs no change. */
function createCut({ schema, typeNamed, asked, covered, tell }: CutOptions) {
  /** The current position. */
  const path: AnswerPath = [];

  function fail(why: string): null {
    tell(why, [...path]);
    return null;
  }

  /** Returns the type of an object by its `__typename`; undefined if the object cannot have this type. */
  function typeOf(object: Entity, selection: Selection, declared: GraphQLNamedType): GraphQLNamedType | undefined {
    // Subgraphs may name their root types differently.
    if (declared === schema.getQueryType() || declared === schema.getMutationType()) return declared;
    for (const [key, { name }] of selection.of(declared)) {
      if (name !== '__typename') continue;
      const typename = read(object, key);
      if (typename === undefined) continue;
      const type = typeof typename === 'string' ? typeNamed(typename) : undefined;
      return type && isOfType(schema, type, declared) ? type : undefined;
    }
    return declared;
  }

  function cutObject(object: Entity, selection: Selection, type: GraphQLNamedType): void {
    const fields = selection.of(type);
    let left = fields.size;
    for (const key of Object.keys(object)) {
      const selected = fields.get(key);
      if (!selected) {
        delete object[key];
        continue;
      }
      left -= 1;
      // A short path for most fields of most responses.
      if (selected.leaf && isLeaf(selected.leaf, object[key])) continue;
      path.push(key);
      if (selected.name === '__typename') object[key] = type.name;
      else if (selected.type) object[key] = cutValue(object, selected, selected.type);
      else object[key] = cutEntities(object[key], selected);
      path.pop();
    }
    if (left > 0) fillIn(object, fields, type);
  }

  /** Reports missing fields as faults; they would count as null otherwise. */
  function fillIn(object: Entity, fields: ReadonlyMap<string, Selected>, type: GraphQLNamedType): void {
    for (const [key, { name, isSure, type: fieldType }] of fields) {
      if (!isSure || !isObjectType(type) || name === '__typename' || !fieldType || Object.hasOwn(object, key)) continue;
      path.push(key);
      object[key] = fail('a field is left out');
      path.pop();
    }
  }

  /** Returns the cut value at the end of the current path. */
  function cutValue(parent: Entity | unknown[], selected: Selected, type: GraphQLOutputType): unknown {
    const key = path.at(-1)!;
    const value = (parent as Entity)[key];
    const inner = isNonNullType(type) ? type.ofType : type;
    if (value === null) return isNonNullType(type) && !covered.has(parent, key) ? fail('null where none may be') : null;
    if (isListType(inner)) {
      if (!Array.isArray(value)) return fail('no list');
      for (const at of value.keys()) {
        path.push(at);
        value[at] = cutValue(value, selected, inner.ofType);
        path.pop();
      }
      return value;
    }
    if (isLeafType(inner)) return isLeaf(inner, value) ? value : fail('no scalar');
    if (!isEntity(value)) return fail('no object');
    return cutComposite(value, selected.below!, inner);
  }

  function cutComposite(object: Entity, selection: Selection, declared: GraphQLNamedType): Entity | null {
    const type = typeOf(object, selection, declared);
    if (!type) return fail('a type that it cannot be');
    cutObject(object, selection, type);
    return object;
  }

  /** The executor has checked that the list is as long as the representations, or null. */
  function cutEntities(value: unknown, { representations, below }: Selected): unknown {
    const about = representations === undefined ? undefined : asked.variables?.[representations];
    if (!Array.isArray(value) || !Array.isArray(about) || !below) return null;
    for (const [at, entity] of value.entries()) {
      if (!isEntity(entity)) continue;
      const representation = about[at] as Entity;
      const declared = schema.getType(String(read(representation, '__typename')));
      path.push(at);
      value[at] = declared ? cutComposite(entity, below, declared) : fail('an entity of no type');
      path.pop();
      if (declared && value[at]) keep(entity, below.of(declared), representation);
    }
    return value;
  }

  /** Restores the fields that an entity was looked up by. */
  function keep(entity: Entity, fields: ReadonlyMap<string, Selected>, representation: Entity): void {
    for (const [key, { isPlain, name, type, below }] of fields) {
      const known = isPlain && name !== '__typename' ? read(representation, key) : undefined;
      const answered = read(entity, key);
      if (known == null || answered === undefined) continue;
      if (!below) entity[key] = known;
      else if (isEntity(known) && isEntity(answered)) keep(answered, below.of(getNamedType(type)!), known);
    }
  }

  return cutObject;
}

/**
 * Returns true for a valid scalar or enum value. A planner that completes values with graphql-js would throw for
 * others.
 */
const isLeaf = (type: GraphQLLeafType, value: unknown) => value !== null && leaf(type, value) !== undefined;
