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
import { subgraphFailed } from './complete.ts';
import { type Entity, isEntity, read } from './entity.ts';
import type { Execute, Fetch, FetchResult } from './executor.ts';
import { coveredBy, type Covered } from './failed.ts';
import { leaf } from './leaf.ts';
import { OWN, readOwnership } from '../composition/ownership.ts';
import { createSelections, isOfType, type Selected, type Selection } from './selection.ts';

/** An answer with more faults than this is not believed at all. */
const MOST_FAULTS = 100;

type Path = (string | number)[];

/** A subgraph's answer breaks its own schema, in too many places to tell them all. */
class TooManyFaults extends Error {}

/**
 * Cuts every answer of a subgraph to what it was asked for, before anything is made of it. A subgraph speaks for the
 * fields that it serves, and for nothing else: it would rewrite what other subgraphs answered, fill in what was refused,
 * and change the keys by which the next subgraph is asked. What is not of the schema is null, and that subgraph's failure.
 */
export function cutAnswers(schema: GraphQLSchema, fetch: Execute, log: Log): Execute {
  const selections = createSelections(schema);
  const ownership = readOwnership(schema);
  const typenames = new Map<string, (typename: string) => GraphQLNamedType | undefined>();

  /** Finds the types that objects of one subgraph can be of. */
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
    // Our own graph was executed here: graphql-js answers what was asked, and nothing else.
    if (subgraph === OWN || !result.data) return result;
    const asks = selections.of(asked.document, asked.variables);
    const faults: { readonly why: string; readonly path: Path }[] = [];
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
  /** The nulls that the subgraph has told the reason of. */
  readonly covered: Covered;
  readonly tell: (why: string, path: Path) => void;
}

/** In place, and without a copy of anything: nearly every answer is as it was asked for. */
function createCut({ schema, typeNamed, asked, covered, tell }: CutOptions) {
  /** Where the cut is. */
  const path: Path = [];

  function fail(why: string): null {
    tell(why, [...path]);
    return null;
  }

  /** The type of an object by what it says of itself; undefined where it may not be of that type. */
  function typeOf(object: Entity, selection: Selection, declared: GraphQLNamedType): GraphQLNamedType | undefined {
    // A root may have a name of its own in each subgraph.
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
      // Most fields of most answers.
      if (selected.leaf && isLeaf(selected.leaf, object[key])) continue;
      path.push(key);
      if (selected.name === '__typename') object[key] = type.name;
      else if (selected.type) object[key] = cutValue(object, key, selected, selected.type);
      else object[key] = cutEntities(object[key], selected);
      path.pop();
    }
    if (left > 0) fillIn(object, fields, type);
  }

  /** A field that is left out would be taken for one that is null. */
  function fillIn(object: Entity, fields: ReadonlyMap<string, Selected>, type: GraphQLNamedType): void {
    for (const [key, { name, isSure, type: fieldType }] of fields) {
      if (!isSure || !isObjectType(type) || name === '__typename' || !fieldType || Object.hasOwn(object, key)) continue;
      path.push(key);
      object[key] = fail('a field is left out');
      path.pop();
    }
  }

  function cutValue(
    parent: Entity | unknown[],
    key: string | number,
    selected: Selected,
    type: GraphQLOutputType,
  ): unknown {
    const value = (parent as Entity)[key];
    const inner = isNonNullType(type) ? type.ofType : type;
    if (value === null) return isNonNullType(type) && !covered.has(parent, key) ? fail('null where none may be') : null;
    if (isListType(inner)) {
      if (!Array.isArray(value)) return fail('no list');
      for (const at of value.keys()) {
        path.push(at);
        value[at] = cutValue(value, at, selected, inner.ofType);
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

  /** As many as there are representations, or null: see `executor.ts`. */
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

  /** What an entity was looked up by stays as it was. */
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

/** A planner that has its values completed by graphql-js would throw for each one that is none. */
const isLeaf = (type: GraphQLLeafType, value: unknown) => value !== null && leaf(type, value) !== undefined;
