import {
  execute,
  type ExecutionResult,
  type FieldNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  visit,
} from 'graphql';
import { Refusal } from '../../kernel/errors.ts';
import { createAccount } from './account.ts';
import { type Asked, completeObject, type Lack, MISSING, type Place, REFUSED } from './complete_object.ts';
import { MOST_ERRORS } from './most_errors.ts';
import { OWN } from '../composition/ownership.ts';
import type { Operation } from '../analysis/operation.ts';
import { type Unaccounted, untold } from './untold.ts';

type ObjMap = Record<string, unknown>;

/** Something that a subgraph answered and that is not of its schema. */
interface Fault extends Unaccounted {
  readonly node: FieldNode;
}

/** What the subgraphs answered to what was asked of them. */
export interface Gathered {
  readonly data: Readonly<Record<string, unknown>>;
  readonly errors: readonly GraphQLError[];
}

/**
 * The answer to the operation as it was sent, out of what was gathered: a field that was taken out is null with its
 * error, an entity that nobody found is null, and a null where none may be takes its parent with it, all as the
 * specification says; and nothing comes along that was not asked for.
 * @param variables coerced
 * @param refused the fields that were taken out
 */
export function complete(
  schema: GraphQLSchema,
  operation: Operation,
  variables: Readonly<Record<string, unknown>>,
  refused: ReadonlySet<FieldNode>,
  { data: found, errors }: Gathered,
  refusal: () => Refusal,
): ExecutionResult {
  const { definition, keys } = operation;
  const missing = withFieldsBelow(refused);
  const account = createAccount(operation, errors, MOST_ERRORS);
  const refusals: Asked[] = [];
  const faults: Fault[] = [];
  /** The fields of which something is at fault already, by the list of their nodes: one for each type they are in. */
  const known = new Set<unknown>();

  function note(asked: Asked, lack: Lack): void {
    if (lack === 'refused') {
      if (refusals.length < MOST_ERRORS) refusals.push(asked);
      return;
    }
    // One of each field, at least: which of them another error accounts for is seen when all are there.
    if (faults.length >= MOST_ERRORS && known.has(asked.nodes)) return;
    known.add(asked.nodes);
    faults.push({ path: pathOf(asked.place), isMissing: lack === 'missing', node: asked.nodes[0]! });
  }

  const data = completeObject(found, {
    schema,
    definition,
    variables,
    read(object, nodes) {
      if (missing.size > 0 && nodes.every((node) => missing.has(node))) return REFUSED;
      const key = keys.of(nodes[0]!);
      // Every object inherits a `constructor`, and nobody answered it.
      return Object.hasOwn(object, key) ? object[key] : MISSING;
    },
    introspect: (nodes) => introspect(schema, definition, variables, nodes),
    onLack: note,
    onFailed: (failed, place) => account.note(failed, () => pathOf(place)),
  }) as ObjMap | null;
  const told = account.errors().slice(0, MOST_ERRORS);
  // A null that breaks the schema follows from an error that was told already, or else is one of the subgraph's own.
  const own = untold(faults, told);
  const room = MOST_ERRORS - told.length;
  const all = [
    ...told,
    ...refusals.slice(0, room).map(({ nodes, place }) => {
      const originalError = refusal();
      return new GraphQLError(originalError.message, { nodes, path: pathOf(place), originalError });
    }),
    ...own.slice(0, Math.max(0, room - refusals.length)).map((fault) => blame(fault, operation)),
  ];
  return { data, ...(all.length > 0 ? { errors: all } : {}) };
}

/** What the schema says of itself, by graphql-js. */
function introspect(
  schema: GraphQLSchema,
  definition: OperationDefinitionNode,
  variableValues: Readonly<Record<string, unknown>>,
  selections: readonly FieldNode[],
): unknown {
  const asked = { ...definition, selectionSet: { kind: Kind.SELECTION_SET, selections } } as const;
  const document = { kind: Kind.DOCUMENT, definitions: [asked] } as const;
  const { data } = execute({ schema, document, variableValues }) as ExecutionResult;
  return Object.values(data ?? {})[0] ?? null;
}

function pathOf(place: Place): readonly (string | number)[] {
  const path: (string | number)[] = [];
  for (let at: Place | undefined = place; at; at = at.before) path.push(at.key);
  return path.reverse();
}

/**
 * The fields that were taken out and all that were in them. What answers to one response key is asked for by several nodes,
 * of which only some may be refused (`{ i { ... on Pub { owner { id } } owner { name } } }`): the object is there then, and
 * of it what was asked for within the refused ones is refused too.
 */
function withFieldsBelow(refused: ReadonlySet<FieldNode>): ReadonlySet<FieldNode> {
  const found = new Set<FieldNode>();
  for (const node of refused) visit(node, { Field: (one) => (found.has(one) ? false : void found.add(one)) });
  return found;
}

/** What a subgraph answered is not of its schema. */
function blame({ node, path }: Fault, operation: Operation): GraphQLError {
  const owners = operation.ownersOf(node);
  const originalError = subgraphFailed(owners.find((name) => name !== OWN) ?? owners[0] ?? 'unknown', undefined);
  return new GraphQLError(originalError.message, { path, originalError });
}

/** The refusal that names a subgraph, and nothing more. */
export function subgraphFailed(subgraph: string, cause: unknown): Refusal {
  return new Refusal('SUBREQUEST_FAILED', { message: `Subgraph ${subgraph} failed`, cause });
}
