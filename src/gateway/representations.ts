import type { FetchRewrite, RequiresSelection } from '@graphql-hive/router-query-planner';
import { type GraphQLSchema, isAbstractType, isObjectType } from 'graphql';
import { isRawNumber } from '../kernel/exact_json.ts';

/** A part of an answer. */
export type Entity = Record<string, unknown>;

export const isEntity = (value: unknown): value is Entity =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawNumber(value);

/** What a plan says of types, held against the whole supergraph. */
export interface Representations {
  /**
   * What a subgraph is told of an entity so that it finds it (`_Any`). Undefined where it cannot be asked: nobody
   * answered a field that it needs, or its key is null. A field would be computed from nothing otherwise.
   */
  of(entity: Entity, requires: readonly RequiresSelection[], rewrites?: readonly FetchRewrite[]): Entity | undefined;
  /** Whether an object of one type is of one of the others. */
  isOne(typename: unknown, types: readonly string[]): boolean;
  /** Names in an answer, or types of an interface that its subgraph knows as an object, as the plan has them; in place. */
  rewrite(value: unknown, rewrites: readonly FetchRewrite[] | undefined): void;
}

/** @param variables decide on what `@skip` and `@include` leave out */
export function createRepresentations(
  schema: GraphQLSchema,
  variables: Readonly<Record<string, unknown>>,
): Representations {
  function isOne(typename: unknown, types: readonly string[]): boolean {
    if (typeof typename !== 'string') return false;
    const type = schema.getType(typename);
    return types.some((name) => {
      const other = schema.getType(name);
      return name === typename || (isObjectType(type) && isAbstractType(other) && schema.isSubType(other, type));
    });
  }

  /** Undefined where something is missing. */
  function project(value: unknown, selections: readonly RequiresSelection[]): unknown {
    if (Array.isArray(value)) {
      const all = value.map((one) => project(one, selections));
      return all.includes(undefined) ? undefined : all;
    }
    if (!isEntity(value)) return value;
    const result: Entity = {};
    for (const selection of selections) {
      if (selection.kind === 'Field') {
        const found = read(value, selection.name);
        const projected = selection.selections ? project(found, selection.selections) : found;
        if (projected === undefined) return undefined;
        result[selection.alias ?? selection.name] = projected;
      }
      if (selection.kind !== 'InlineFragment' || !isOne(value['__typename'], [selection.typeCondition])) continue;
      const { skipIf, includeIf } = selection;
      if ((skipIf && variables[skipIf] === true) || (includeIf && variables[includeIf] === false)) continue;
      const projected = project(value, selection.selections);
      if (projected === undefined) return undefined;
      merge(result, projected as Entity, schema);
    }
    return result;
  }

  function apply(value: unknown, [step, ...rest]: Path, rewrite: Rewrite): void {
    if (Array.isArray(value)) {
      for (const one of value) apply(one, [step!, ...rest], rewrite);
    } else if (!isEntity(value) || !step) {
      return;
    } else if ('TypenameEquals' in step) {
      if (value['__typename'] === undefined || isOne(value['__typename'], step.TypenameEquals))
        apply(value, rest, rewrite);
    } else if (rest.length > 0) {
      apply(read(value, step.Key), rest, rewrite);
    } else if ('setValueTo' in rewrite) {
      value[step.Key] = rewrite.setValueTo;
    } else if (Object.hasOwn(value, step.Key)) {
      value[rewrite.renameKeyTo] = value[step.Key];
      delete value[step.Key];
    }
  }

  const rewrite: Representations['rewrite'] = (value, rewrites = []) => {
    for (const one of rewrites.map(plain)) apply(value, one.path, one);
  };

  return {
    isOne,
    rewrite,
    of(entity, requires, rewrites) {
      const found = project(entity, requires) as Entity | undefined;
      if (!found) return undefined;
      const isPointing = Object.entries(found).some(([name, value]) => name !== '__typename' && value !== null);
      if (!isPointing) return undefined;
      found['__typename'] ??= entity['__typename'];
      rewrite(found, rewrites);
      return found;
    },
  };
}

type Path = readonly ({ readonly TypenameEquals: string[] } | { readonly Key: string })[];
type Rewrite = { readonly path: Path } & ({ readonly setValueTo: string } | { readonly renameKeyTo: string });

/** The planner writes them in two ways. */
function plain(rewrite: FetchRewrite): Rewrite {
  if ('ValueSetter' in rewrite) return rewrite.ValueSetter;
  return 'KeyRenamer' in rewrite ? rewrite.KeyRenamer : rewrite;
}

/** Of objects that inherit names (`constructor`), only what somebody answered. */
export function read(entity: Entity, key: string): unknown {
  return Object.hasOwn(entity, key) ? entity[key] : undefined;
}

/**
 * Adds what another subgraph answered of the same object, in place: other fetches of the plan hold on to its parts.
 * A null takes nothing away that another subgraph had, and a type is not made an interface again.
 */
export function merge(target: Entity, source: Entity, schema: GraphQLSchema): void {
  for (const [key, value] of Object.entries(source)) {
    const known = read(target, key);
    // Setting it would change what the object inherits, and no field is called so.
    if (key === '__proto__' || (known != null && value === null)) continue;
    if (
      key === '__typename' &&
      isObjectType(schema.getType(String(known))) &&
      !isObjectType(schema.getType(String(value)))
    )
      continue;
    if (isEntity(known) && isEntity(value)) merge(known, value, schema);
    else if (Array.isArray(known) && Array.isArray(value) && known.length === value.length)
      mergeLists(known, value, schema);
    else target[key] = value;
  }
}

function mergeLists(target: unknown[], source: readonly unknown[], schema: GraphQLSchema): void {
  for (const [at, value] of source.entries()) {
    const known = target[at];
    if (isEntity(known) && isEntity(value)) merge(known, value, schema);
    else if (Array.isArray(known) && Array.isArray(value) && known.length === value.length)
      mergeLists(known, value, schema);
    else if (known == null) target[at] = value;
  }
}
