import { execute, type ExecutionResult, type FieldNode, GraphQLError, type GraphQLSchema, Kind, visit } from 'graphql';
import { Refusal } from '../../kernel/errors.ts';
import { createResponseErrors } from './response_errors.ts';
import {
  type Completion,
  type FieldPosition,
  completeObject,
  type Lack,
  MISSING,
  type ResponsePlace,
  REFUSED,
} from './complete_object.ts';
import { MOST_ERRORS } from './most_errors.ts';
import { OWN } from '../composition/ownership.ts';
import type { Operation } from '../analysis/operation.ts';
import { type UnexpectedNull, unreportedNulls } from './unreported_nulls.ts';

type ObjMap = Record<string, unknown>;

/** A response value that does not match the subgraph's schema. */
interface NullFault extends UnexpectedNull {
  readonly node: FieldNode;
}

/** An operation with the decision about its fields. */
export interface AuthorizedOperation {
  readonly operation: Operation;
  /** Coerced. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** The denied fields. */
  readonly refused: ReadonlySet<FieldNode>;
  /** Returns the error of a denied field. */
  refusal(): Refusal;
}

/** The merged responses of the subgraphs. */
export interface Gathered {
  readonly data: Readonly<Record<string, unknown>>;
  readonly errors: readonly GraphQLError[];
}

/**
 * Completes the response to the original operation from the collected data. A denied field is null with its error, and
 * an entity that no subgraph found is null. A null in a non-null field propagates to its parent, as the specification
 * requires. Data that the client did not ask for is dropped.
 */
export function completeResponse(
  schema: GraphQLSchema,
  { operation, variables, refused, refusal }: AuthorizedOperation,
  { data: found, errors }: Gathered,
): ExecutionResult {
  const { definition, keys } = operation;
  const missing = withFieldsBelow(refused);
  const responseErrors = createResponseErrors(operation, errors, MOST_ERRORS);
  const refusals: FieldPosition[] = [];
  const faults: NullFault[] = [];
  /** The node lists of fields with a fault. Lists are equal for a field within one type. */
  const known = new Set<unknown>();

  function note(asked: FieldPosition, lack: Lack): void {
    if (lack === 'refused') {
      if (refusals.length < MOST_ERRORS) refusals.push(asked);
      return;
    }
    // Keeps at least one fault per field, because the faults that other errors explain are known only at the end.
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
      // Every object inherits a `constructor`, which is not response data.
      return Object.hasOwn(object, key) ? object[key] : MISSING;
    },
    introspect: (nodes) => introspect({ schema, definition, variables }, nodes),
    onLack: note,
    onFailed: (failed, place) => responseErrors.note(failed, () => pathOf(place)),
  }) as ObjMap | null;
  const told = responseErrors.errors().slice(0, MOST_ERRORS);
  // A null that breaks the schema follows from a reported error, or is the subgraph's own fault.
  const own = unreportedNulls(faults, told);
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

/** Executes introspection with graphql-js. */
function introspect(
  { schema, definition, variables }: Pick<Completion, 'schema' | 'definition' | 'variables'>,
  selections: readonly FieldNode[],
): unknown {
  const asked = { ...definition, selectionSet: { kind: Kind.SELECTION_SET, selections } } as const;
  const document = { kind: Kind.DOCUMENT, definitions: [asked] } as const;
  const { data } = execute({ schema, document, variableValues: variables }) as ExecutionResult;
  return Object.values(data ?? {})[0] ?? null;
}

function pathOf(place: ResponsePlace): readonly (string | number)[] {
  const path: (string | number)[] = [];
  for (let at: ResponsePlace | undefined = place; at; at = at.before) path.push(at.key);
  return path.reverse();
}

/**
 * Returns the denied fields and all fields below them. Several nodes can share a response key, and only some may be
 * denied (`{ i { ... on Pub { owner { id } } owner { name } } }`). Then the object is present, and the fields that only
 * a denied node selects are denied too.
 */
function withFieldsBelow(refused: ReadonlySet<FieldNode>): ReadonlySet<FieldNode> {
  const found = new Set<FieldNode>();
  for (const node of refused) visit(node, { Field: (one) => (found.has(one) ? false : void found.add(one)) });
  return found;
}

/** Makes the error of a response that does not match the subgraph's schema. */
function blame({ node, path }: NullFault, operation: Operation): GraphQLError {
  const owners = operation.ownersOf(node);
  const originalError = subgraphFailed(owners.find((name) => name !== OWN) ?? owners[0] ?? 'unknown', undefined);
  return new GraphQLError(originalError.message, { path, originalError });
}

/** Makes a refusal that names the subgraph and discloses nothing else. */
export function subgraphFailed(subgraph: string, cause: unknown): Refusal {
  return new Refusal('SUBREQUEST_FAILED', { message: `Subgraph ${subgraph} failed`, cause });
}
