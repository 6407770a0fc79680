import type { FetchRewrite, RequiresSelection } from '@graphql-hive/router-query-planner';
import { type GraphQLSchema, isAbstractType, isObjectType } from 'graphql';
import { type Entity, Failed, isEntity, merge, read } from './entity.ts';

/** Builds representations and applies a plan's rewrites, with the types of the whole supergraph. */
export interface Representations {
  /** Returns the representation by which a subgraph finds an entity (`_Any`). */
  of(entity: Entity, requires: readonly RequiresSelection[], rewrites?: readonly FetchRewrite[]): Representation;
  /** Returns true if an object type is, implements or belongs to one of the others. */
  isOne(typename: unknown, types: readonly string[]): boolean;
  /** Renames keys, or types of an `@interfaceObject`, as the plan requires; in place. */
  rewrite(value: unknown, rewrites: readonly FetchRewrite[] | undefined): void;
}

export interface Representation {
  /** Undefined if the subgraph cannot be asked, because a key is null or was never fetched. */
  readonly value: Entity | undefined;
  /**
   * The missing inputs by name, with the reason; undefined without a reason. Fields must not be computed from missing
   * inputs.
   */
  readonly lacking: ReadonlyMap<string, Failed | undefined>;
}

/** @param variables decide `@skip` and `@include` */
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

  /** Returns undefined if part of the value is missing, and the reason if part of it failed. */
  function project(value: unknown, selections: readonly RequiresSelection[] | undefined): unknown {
    if (Array.isArray(value)) {
      const all = value.map((one) => project(one, selections));
      const failed = all.find((one) => one instanceof Failed);
      return failed ?? (all.includes(undefined) ? undefined : all);
    }
    if (!selections || !isEntity(value)) return value;
    const { found, lacking } = collect(value, selections);
    return lacking.size === 0 ? found : [...lacking.values()].find(Boolean);
  }

  function collect(value: Entity, selections: readonly RequiresSelection[]) {
    const found: Entity = {};
    const lacking = new Map<string, Failed | undefined>();
    const add = (one: RequiresSelection): void => {
      if (one.kind === 'Field') {
        const key = one.alias ?? one.name;
        const projected = project(read(value, one.name), one.selections);
        if (projected instanceof Failed || projected === undefined) lacking.set(key, projected);
        else merge(found, { [key]: projected }, schema);
      }
      if (one.kind !== 'InlineFragment' || !isOne(value['__typename'], [one.typeCondition])) return;
      const { skipIf, includeIf } = one;
      if ((skipIf && variables[skipIf] === true) || (includeIf && variables[includeIf] === false)) return;
      one.selections.forEach(add);
    };
    selections.forEach(add);
    return { found, lacking };
  }

  function apply(value: unknown, [step, ...rest]: PlannerPath, rewrite: Rewrite): void {
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
      const { found, lacking } = collect(entity, requires);
      const isPointing = Object.entries(found).some(([name, value]) => name !== '__typename' && value !== null);
      if (!isPointing) return { value: undefined, lacking };
      found['__typename'] ??= entity['__typename'];
      rewrite(found, rewrites);
      return { value: found, lacking };
    },
  };
}

type PlannerPath = readonly ({ readonly TypenameEquals: string[] } | { readonly Key: string })[];
type Rewrite = { readonly path: PlannerPath } & ({ readonly setValueTo: string } | { readonly renameKeyTo: string });

/** Normalises the two forms in which the planner writes rewrites. */
function plain(rewrite: FetchRewrite): Rewrite {
  if ('ValueSetter' in rewrite) return rewrite.ValueSetter;
  return 'KeyRenamer' in rewrite ? rewrite.KeyRenamer : rewrite;
}
