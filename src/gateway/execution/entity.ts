import { type GraphQLError, type GraphQLSchema, isObjectType } from 'graphql';
import { isRawNumber } from '../../kernel/exact_json.ts';

/** An object in a response. */
export type Entity = Record<string, unknown>;

export const isEntity = (value: unknown): value is Entity =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Failed) &&
  !isRawNumber(value);

/** Replaces a null that comes from an error in the collected data. */
export class Failed {
  readonly error: GraphQLError;
  /** True if the field was not requested because an input of it failed. */
  readonly isInput: boolean;

  constructor(error: GraphQLError, isInput = false) {
    this.error = error;
    this.isInput = isInput;
  }
}

/** Returns an own property, because every object inherits names such as `constructor`. */
export function read(entity: Entity, key: string): unknown {
  return Object.hasOwn(entity, key) ? entity[key] : undefined;
}

/**
 * Merges another subgraph's data of the same object in place, because other fetches of the plan refer to its parts.
 * Keeps known values, above all the keys that the next subgraph is asked with. Keeps an object type instead of an
 * interface.
 */
export function merge(target: Entity, source: Entity, schema: GraphQLSchema): void {
  for (const [key, value] of Object.entries(source)) {
    // Assigning `__proto__` would change the prototype. No GraphQL field has this name.
    if (key === '__proto__') continue;
    const known = read(target, key);
    const isRefined =
      key === '__typename' &&
      !isObjectType(schema.getType(String(known))) &&
      isObjectType(schema.getType(String(value)));
    target[key] = isRefined ? value : merged(known, value, schema);
  }
}

function merged(known: unknown, value: unknown, schema: GraphQLSchema): unknown {
  // A null removes nothing, and does not replace the reason of another null.
  if (known == null) return value === null && known === null ? null : value;
  if (known instanceof Failed) return value == null ? known : value;
  if (isEntity(known) && isEntity(value)) merge(known, value, schema);
  else if (Array.isArray(known) && Array.isArray(value) && known.length === value.length) {
    for (const [at, one] of value.entries()) known[at] = merged(known[at], one, schema);
  }
  return known;
}
