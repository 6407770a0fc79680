import { type GraphQLError, type GraphQLSchema, isObjectType } from 'graphql';
import { isRawNumber } from '../../kernel/exact_json.ts';

/** A part of an answer. */
export type Entity = Record<string, unknown>;

export const isEntity = (value: unknown): value is Entity =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Failed) &&
  !isRawNumber(value);

/** Stands in what was gathered for a null that comes of an error. */
export class Failed {
  readonly error: GraphQLError;
  /** Whether the field was not asked for, because one that it is computed from failed. */
  readonly isInput: boolean;

  constructor(error: GraphQLError, isInput = false) {
    this.error = error;
    this.isInput = isInput;
  }
}

/** Of objects that inherit names (`constructor`), only what somebody answered. */
export function read(entity: Entity, key: string): unknown {
  return Object.hasOwn(entity, key) ? entity[key] : undefined;
}

/**
 * Adds what another subgraph answered of the same object, in place: other fetches of the plan hold on to its parts. What
 * is known stays as it is, keys above all: the next subgraph is asked by them. A type is not made an interface again.
 */
export function merge(target: Entity, source: Entity, schema: GraphQLSchema): void {
  for (const [key, value] of Object.entries(source)) {
    // Setting it would change what the object inherits, and no field is called so.
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
  // A null takes nothing away, not even the reason of another.
  if (known == null) return value === null && known === null ? null : value;
  if (known instanceof Failed) return value == null ? known : value;
  if (isEntity(known) && isEntity(value)) merge(known, value, schema);
  else if (Array.isArray(known) && Array.isArray(value) && known.length === value.length) {
    for (const [at, one] of value.entries()) known[at] = merged(known[at], one, schema);
  }
  return known;
}
