import { type FieldNode, GraphQLError } from 'graphql';
import { Refusal } from '../../kernel/errors.ts';
import type { Failed } from './entity.ts';
import { fieldsOf } from '../analysis/serial_mutations.ts';
import type { Operation } from '../analysis/operation.ts';

type ErrorPath = readonly (string | number)[];

/** The errors of the collected responses, in the form that clients see. */
export interface ResponseErrors {
  /**
   * Records that a null of the response comes from an error.
   * @param path in the client's response keys
   */
  note(failed: Failed, path: () => ErrorPath): void;
  /** Returns the errors. Must be called after the whole response was completed. */
  errors(): GraphQLError[];
}

/**
 * Reports each error at a position that the client asked for. An error of a field that the client did not ask for is
 * reported at the field that is computed from it, or else at its object. Its original path, and the subgraph's message,
 * could name fields that clients cannot see.
 * @param most the limit of errors of computed fields
 */
export function createResponseErrors(
  operation: Operation,
  gathered: readonly GraphQLError[],
  most: number,
): ResponseErrors {
  const computed: GraphQLError[] = [];
  /** The reasons of nulls: in requested fields themselves, and in inputs of computed fields. */
  const reasons = { itself: new Set<unknown>(), input: new Set<unknown>() };
  const pathOf = createPaths(operation);

  return {
    note({ error, isInput }, path) {
      reasons[isInput ? 'input' : 'itself'].add(reasonOf(error));
      if (isInput && computed.length < most) computed.push(wordless(error, path()));
    },
    errors() {
      const told = gathered.flatMap((error) => {
        if (!error.path) return error;
        const path = pathOf(error.path);
        const isAsked = path.length === error.path.length;
        const reason = reasonOf(error);
        if (reasons.input.has(reason) && !(isAsked && reasons.itself.has(reason))) return [];
        return isAsked ? at(error.message, error.originalError, path) : wordless(error, path);
      });
      return [...told, ...computed];
    },
  };
}

/** Returns the original error. Planners wrap an error again on its way, so only the original is the same object. */
function reasonOf(error: GraphQLError): unknown {
  let cause: unknown = error;
  while (cause instanceof GraphQLError) cause = cause.originalError ?? null;
  return cause ?? error;
}

function at(message: string, originalError: Error | undefined, path: ErrorPath): GraphQLError {
  return new GraphQLError(message, { path: path.length > 0 ? path : null, originalError: originalError ?? null });
}

/** Makes an error without the subgraph's message, which may name fields that the client cannot see. */
export function wordless(error: GraphQLError, path: ErrorPath): GraphQLError {
  const reason = reasonOf(error);
  const bare = reason instanceof Refusal && reason.cause instanceof Refusal ? reason.cause : undefined;
  return bare ? at(bare.message, bare, path) : at(error.message, error.originalError, path);
}

/** Returns the part of a plan's path that the client asked for, in the client's response keys. */
function createPaths({ definition, keys }: Operation): (path: ErrorPath) => ErrorPath {
  const depths = new Map<string, number>();

  function depthOf(steps: readonly string[]): number {
    const text = steps.join(' ');
    let depth = depths.get(text);
    if (depth === undefined) depths.set(text, (depth = measure(steps)));
    return depth;
  }

  function measure(steps: readonly string[]): number {
    let nodes: readonly FieldNode[] = fieldsOf(definition.selectionSet);
    for (const [depth, step] of steps.entries()) {
      const found = nodes.filter((node) => keys.of(node) === step);
      if (found.length === 0) return depth;
      nodes = found.flatMap(({ selectionSet }) => (selectionSet ? fieldsOf(selectionSet) : []));
    }
    return steps.length;
  }

  return (path) => {
    const left = depthOf(path.filter((step) => typeof step === 'string'));
    let depth = 0;
    const end = path.findIndex((step) => typeof step === 'string' && (depth += 1) > left);
    return keys.restore(end < 0 ? path : path.slice(0, end));
  };
}
