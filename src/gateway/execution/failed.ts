import { type GraphQLError, type GraphQLOutputType, getNullableType, isListType } from 'graphql';
import { wordless } from './response_errors.ts';
import { type Entity, Failed, isEntity, read } from './entity.ts';
import type { FetchResult } from './executor.ts';
import type { FetchSelection, Selected } from './selection.ts';

/** A null in a response: its container and its key. */
interface Null {
  readonly container: Entity | unknown[];
  readonly key: string | number;
}

type FailedFields = ReadonlyMap<string, Selected>;

/** The nulls of a response that its errors explain. */
export interface Covered {
  has(container: object, key: string | number): boolean;
}

export function coveredBy(result: FetchResult, asks: FetchSelection): Covered {
  const { nulls, stray } = trace(result, asks);
  if (stray) return { has: () => true };
  const known = new Map<object, Set<string | number>>();
  for (const { container, key } of nulls.keys()) known.set(container, (known.get(container) ?? new Set()).add(key));
  return { has: (container, key) => known.get(container)?.has(key) ?? false };
}

/**
 * Replaces each null that comes from an error by its reason. Otherwise fields would be computed from it as if the
 * subgraph had returned null. An error that points at no null may explain any null of the response.
 */
export function markNulls(result: FetchResult, asks: FetchSelection): void {
  if (!result.data || !result.errors?.length) return;
  const { nulls, stray } = trace(result, asks);
  for (const [{ container, key }, error] of nulls) (container as Entity)[key] = new Failed(error);
  if (!stray) return;
  const failed = new Failed(stray);
  for (const { container, key } of nullsIn(result.data, asks.selection.of(asks.type)))
    (container as Entity)[key] = failed;
}

/**
 * Drops the data of a response if an error may explain any of its nulls. Some planners take every null that no error
 * points at for the subgraph's value.
 */
export function withoutDoubt(result: FetchResult, asks: FetchSelection): FetchResult {
  const { data, errors } = result;
  if (!data || !errors?.length || !trace(result, asks).stray) return result;
  const [doubtful] = nullsIn(data, asks.selection.of(asks.type));
  return doubtful ? { data: null, errors: errors.map((error) => wordless(error, error.path ?? [])) } : result;
}

/** Replaces each missing field of the selection by the reason. */
export function markMissing(
  value: unknown,
  fields: FailedFields,
  { failed, rename }: { readonly failed: Failed; readonly rename: (key: string) => string },
): void {
  if (Array.isArray(value)) for (const one of value) markMissing(one, fields, { failed, rename });
  if (!isEntity(value)) return;
  for (const [answered, { name, below }] of fields) {
    if (name === '__typename') continue;
    const key = rename(answered);
    const known = read(value, key);
    if (known === undefined) value[key] = failed;
    else if (below) markMissing(known, below.of(null), { failed, rename });
  }
}

function* nullsIn(value: Entity, fields: FailedFields): Generator<Null> {
  for (const [key, selected] of fields) {
    if (Object.hasOwn(value, key)) yield* nullsAt({ container: value, key }, selected, selected.type);
  }
}

function* nullsAt(place: Null, selected: Selected, type: GraphQLOutputType | null): Generator<Null> {
  const value = (place.container as Entity)[place.key];
  if (value === null) yield place;
  else if (Array.isArray(value)) {
    // The content of a custom scalar belongs to its subgraph.
    if (!isList(type)) return;
    for (const key of value.keys()) yield* nullsAt({ container: value, key }, selected, itemOf(type));
  } else if (selected.below && isEntity(value)) yield* nullsIn(value, selected.below.of(null));
}

/** @returns the nulls that errors point at, and the first error that points at no null */
function trace({ data, errors = [] }: FetchResult, { type, selection }: FetchSelection) {
  const nulls = new Map<Null, GraphQLError>();
  let stray: GraphQLError | undefined;
  for (const error of errors) {
    const found = data && follow(data, error.path ?? [], selection.of(type));
    if (found) nulls.set(found, error);
    else stray ??= error;
  }
  return { nulls, stray };
}

/** Returns the null at a path; undefined if there is none or the path leaves the selection. */
function follow(data: Entity, path: readonly (string | number)[], root: FailedFields): Null | undefined {
  let container: Entity | unknown[] = data;
  let fields: FailedFields | undefined = root;
  let selected: Selected | undefined;
  let type: GraphQLOutputType | null = null;
  for (const key of path) {
    if (typeof key === 'string') {
      selected = fields?.get(key);
      if (!selected || Array.isArray(container)) return undefined;
      type = selected.type;
    } else {
      if (!selected || !isList(type) || !Array.isArray(container)) return undefined;
      type = itemOf(type);
    }
    const value: unknown = Object.hasOwn(container, key) ? (container as Entity)[key] : undefined;
    if (value === null) return { container, key };
    if (!Array.isArray(value) && !isEntity(value)) return undefined;
    fields = isEntity(value) ? selected.below?.of(null) : undefined;
    container = value;
  }
  return undefined;
}

/** The type of the items of `_entities`, which is unknown: see `Selected`. */
const ITEM = null;

function isList(type: GraphQLOutputType | null): boolean {
  return type === ITEM || isListType(getNullableType(type));
}

function itemOf(type: GraphQLOutputType | null): GraphQLOutputType | null {
  const list = type && getNullableType(type);
  return isListType(list) ? list.ofType : ITEM;
}
