import { GraphQLError, getOperationAST, Kind } from 'graphql';
import { wordless } from './response_errors.ts';
import { type Entity, isEntity } from './entity.ts';
import type { Fetch, FetchResult } from './executor.ts';
import { ENTITIES } from './selection.ts';

/** The entities under one response key, some of which cannot be requested. */
interface FailedLookup {
  readonly key: string;
  readonly variable: string;
  /** The reason why part of a representation failed, by index; null if it was never fetched. */
  readonly failed: ReadonlyMap<number, Error | null>;
  readonly representations: readonly unknown[];
}

/**
 * Requests only entities whose representations are complete. The JavaScript planner keeps the error in place of the
 * value and would send it to the subgraph. A field would be computed from the error, and the subgraph would learn its
 * message.
 */
export async function withoutFailed(
  asked: Fetch,
  isLacking: (representation: unknown) => boolean,
  fetch: (asked: Fetch) => Promise<FetchResult>,
): Promise<FetchResult> {
  const lookups = lookupsIn(asked, isLacking);
  if (lookups.length === 0) return fetch(asked);
  const left = lookups.map(({ variable, failed }) => {
    const list = asked.variables![variable] as unknown[];
    return [variable, list.filter((_, at) => !failed.has(at))] as const;
  });
  const variables = { ...asked.variables, ...Object.fromEntries(left) };
  const isAsking = left.some(([, list]) => list.length > 0);
  const result: FetchResult = isAsking ? await fetch({ ...asked, variables }) : { data: {} };
  const { data, errors = [] } = result;
  if (!data && lookups.every(({ failed }) => failed.size === 0)) return result;
  const all = lookups.map((lookup) => restored(lookup, data?.[lookup.key], errors));
  const about = new Set(lookups.map(({ key }) => key));
  return {
    data: { ...data, ...Object.fromEntries(all.map(({ key, entities }) => [key, entities])) },
    errors: [...errors.filter(({ path }) => !about.has(String(path?.[0]))), ...all.flatMap((one) => one.errors)],
  };
}

function lookupsIn({ document, variables = {} }: Fetch, isLacking: (one: unknown) => boolean): FailedLookup[] {
  const { selections } = getOperationAST(document)!.selectionSet;
  return selections.flatMap((field): FailedLookup[] => {
    if (field.kind !== Kind.FIELD || field.name.value !== ENTITIES) return [];
    const value = field.arguments?.find(({ name }) => name.value === 'representations')?.value;
    const list = value?.kind === Kind.VARIABLE ? variables[value.name.value] : undefined;
    if (value?.kind !== Kind.VARIABLE || !Array.isArray(list)) return [];
    const failed = new Map<number, Error | null>();
    for (const [at, one] of list.entries()) {
      const error = errorIn(one);
      if (error || isLacking(one)) failed.set(at, error ?? null);
    }
    return [{ key: (field.alias ?? field.name).value, variable: value.name.value, failed, representations: list }];
  });
}

function errorIn(value: unknown): Error | undefined {
  if (value instanceof Error) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const one of Object.values(value)) {
    const error = errorIn(one);
    if (error) return error;
  }
  return undefined;
}

/** Returns the entities of a lookup at their indexes, and the errors of all of them. */
function restored({ key, failed, representations }: FailedLookup, found: unknown, errors: readonly GraphQLError[]) {
  const places = [...representations.keys()].filter((at) => !failed.has(at));
  const entities: unknown[] = representations.map(() => null);
  for (const [index, at] of places.entries()) entities[at] = (Array.isArray(found) ? found[index] : null) ?? null;
  const told = [...failed].flatMap(([at, error]) => (error ? wordless(graphQLError(error), [key, at]) : []));
  const others = errors
    .filter(({ path }) => path?.[0] === key)
    .map((error) => {
      const [, index, ...below] = error.path!;
      return moved(error, typeof index === 'number' ? [key, places[index] ?? 0, ...below] : error.path!);
    });
  const all = [...told, ...others];
  const reasons = new Set(all.map(({ path }) => path?.[1]));
  // The planner takes a null without an error as null in every field, and would compute other fields from it.
  const known = entities.map((entity, at) => (entity || reasons.has(at) ? entity : typeOf(representations[at])));
  return { key, entities: known, errors: all };
}

function typeOf(representation: unknown): Entity | null {
  return isEntity(representation) ? { __typename: representation['__typename'] } : null;
}

function graphQLError(error: Error): GraphQLError {
  return error instanceof GraphQLError ? error : new GraphQLError(error.message, { originalError: error });
}

function moved({ message, originalError }: GraphQLError, path: readonly (string | number)[]): GraphQLError {
  return new GraphQLError(message, { path, originalError: originalError ?? null });
}
