import { isDeepStrictEqual } from 'node:util';
import { Kind, parse } from 'graphql';
import type { Resolvers } from '../../../../support/subgraphs.ts';

/** One subgraph of a family. */
export interface Part {
  readonly typeDefs: string;
  /** Resolvers in addition to those of the root fields, which read the family's world. */
  readonly resolvers?: Resolvers;
}

export interface Case {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  /** Sends the admin's token, because other users may not read the fields of our subgraph. */
  readonly asAdmin?: boolean;
  /** The expected response if the world has none: the whole of `data`, or the code of the refusal. */
  readonly data?: unknown;
  readonly refused?: string;
}

/**
 * Subgraphs that form one schema, a world that they serve together, and queries. The expected response is the one of
 * graphql-js to the same query over the public schema and the world.
 */
export interface Family {
  readonly name: string;
  /** By name. No two families share a name, a type or a root field. */
  readonly subgraphs: Readonly<Record<string, Part>>;
  /** The root fields of the single server: values, or functions of the arguments. */
  readonly world: Readonly<Record<string, unknown>>;
  readonly cases: readonly (string | Case)[];
}

type Entity = Readonly<Record<string, any>>;

/**
 * Creates a `__resolveReference` over a list. `$` has the other fields of the representation. Computed fields
 * (`@requires`) read them there, and so see only the fields that they received.
 * @param keys the names of each key's fields, with a space between them
 */
export function by(list: readonly Entity[], ...keys: readonly string[]) {
  return (reference: Entity) => {
    const key = keys.map((one) => one.split(' ')).find((names) => names.every((name) => reference[name] !== undefined));
    if (!key) throw new Error(`No key in ${JSON.stringify(reference)}`);
    const found = list.find((one) => key.every((name) => includes(one[name], reference[name])));
    // Returns a new object each time, because the subgraph library writes the type's name into it.
    return found ? { ...found, $: reference } : null;
  };
}

function includes(whole: any, part: any): boolean {
  if (Array.isArray(part)) {
    return Array.isArray(whole) && whole.length === part.length && part.every((one, at) => includes(whole[at], one));
  }
  if (typeof part !== 'object' || part === null || typeof whole !== 'object' || whole === null) {
    return isDeepStrictEqual(part, whole);
  }
  return Object.entries(part).every(([name, value]) => name === '__typename' || includes(whole[name], value));
}

/** Returns the resolvers of a part, including its root fields. */
export function resolversOf({ typeDefs, resolvers = {} }: Part, world: Family['world']): Resolvers {
  const roots: Resolvers = {};
  for (const definition of parse(typeDefs).definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.OBJECT_TYPE_EXTENSION) continue;
    const type = definition.name.value;
    if (type !== 'Query' && type !== 'Mutation') continue;
    const fields = (definition.fields ?? []).map(({ name }) => {
      const value = world[name.value];
      return [name.value, (_: unknown, args: unknown) => (typeof value === 'function' ? value(args) : value)];
    });
    roots[type] = { ...Object.fromEntries(fields), ...resolvers[type] };
  }
  return { ...resolvers, ...roots };
}
