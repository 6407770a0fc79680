import { type FieldNode, GraphQLError } from 'graphql';
import { Refusal } from '../../kernel/errors.ts';
import type { Failed } from './entity.ts';
import { fieldsOf } from '../analysis/in_series.ts';
import type { Operation } from '../analysis/operation.ts';

type Path = readonly (string | number)[];

/** The errors of what was gathered, as clients are told them. */
export interface Account {
  /**
   * Notes that a null of the answer comes of an error.
   * @param path in the client's keys
   */
  note(failed: Failed, path: () => Path): void;
  /** To be asked when all of the answer was seen. */
  errors(): GraphQLError[];
}

/**
 * Tells errors where the client asked for something: of a field that it did not ask for, at what is computed from it, or
 * else at the object. A path would name fields that clients do not see otherwise, and so would the words of a subgraph.
 * @param most how many errors are made of fields that are computed from others
 */
export function createAccount(operation: Operation, gathered: readonly GraphQLError[], most: number): Account {
  const computed: GraphQLError[] = [];
  /** The reasons of nulls: of fields that were asked for, and of what is computed. */
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

/** An error is made anew on its way through a plan; what it says is not. */
function reasonOf(error: GraphQLError): unknown {
  let cause: unknown = error;
  while (cause instanceof GraphQLError) cause = cause.originalError ?? null;
  return cause ?? error;
}

function at(message: string, originalError: Error | undefined, path: Path): GraphQLError {
  return new GraphQLError(message, { path: path.length > 0 ? path : null, originalError: originalError ?? null });
}

/** An error without the words of its subgraph, which may name what the client does not see. */
export function wordless(error: GraphQLError, path: Path): GraphQLError {
  const reason = reasonOf(error);
  const bare = reason instanceof Refusal && reason.cause instanceof Refusal ? reason.cause : undefined;
  return bare ? at(bare.message, bare, path) : at(error.message, error.originalError, path);
}

/** Finds how far the client asked for what a path of the plan leads to, in the client's own keys. */
function createPaths({ definition, keys }: Operation): (path: Path) => Path {
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
