import {
  assertValidSchema,
  type DocumentNode,
  execute,
  type ExecutionResult,
  getOperationAST,
  getVariableValues,
  isInterfaceType,
  isObjectType,
  GraphQLError,
  type GraphQLSchema,
  isNonNullType,
  OperationTypeNode,
  buildASTSchema,
  parse,
} from 'graphql';
import type { Context } from '../graphql/server/context.ts';
import { VALIDATION_BOUND } from '../graphql/server/errors.ts';
import { exactVariables, plain } from '../graphql/server/exact_variables.ts';
import type { FieldVisibility } from '../graphql/rules/field_visibility.ts';
import { Refusal } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { authorize, createJudge, type FieldVerdict } from './authorization/authorize.ts';
import { completeResponse, type Gathered } from './execution/complete_response.ts';
import { argumentsOf, directivesOf, securityNames } from './composition/directives.ts';
import type { RequestScope, ExecuteFetch } from './execution/executor.ts';
import type { Callers } from './authorization/callers.ts';
import { cutAnswers } from './execution/cut_answer.ts';
import { Failed } from './execution/entity.ts';
import { fieldsOf, serialMutations, keyOf } from './analysis/serial_mutations.ts';
import { exactDefaults } from './analysis/literals.ts';
import { MOST_ERRORS, MOST_LOGGED } from './execution/most_errors.ts';
import type { Measure } from './analysis/operation.ts';
import type { OwnCheck } from './composition/own_schema.ts';
import { readOwnership } from './composition/ownership.ts';
import { createPlanner, type PlannerKind } from './planning/planner.ts';
import type { Policy } from './authorization/policies.ts';
import { publicSchema } from './composition/public_schema.ts';
import { createOperationCache } from './analysis/operation_cache.ts';
import { possibleTypes, readRequirements } from './composition/requirements.ts';
import { refuseTaken } from './composition/refuse_taken.ts';

/** The treatment of a field that the caller may not read: remove it, reject the operation, or only log it. */
export type Unauthorized = 'filter' | 'reject' | 'dry-run';

export interface GraphServices {
  /** Our own schema with its access rules. */
  readonly own: GraphQLSchema;
  readonly checkOwn: OwnCheck;
  readonly fetch: ExecuteFetch;
  readonly callers: Callers;
  readonly policies: ReadonlyMap<string, Policy>;
  readonly unauthorized: Unauthorized;
  readonly planner: PlannerKind;
  readonly onRefused: (coordinate: string, layer: string) => void;
  readonly log: Log;
}

export interface GraphRequest {
  /** Valid for this graph. */
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
  readonly context: Context;
}

/** One composed graph with everything derived from it. It is immutable; another composition is another graph. */
export interface Graph {
  readonly supergraph: string;
  /** The public schema. */
  readonly schema: GraphQLSchema;
  readonly measure: Measure;
  execute(request: GraphRequest): Promise<ExecutionResult>;
  /** Returns the fields that the caller may read. Rejects with SERVICE_UNAVAILABLE. */
  visibilityOf(context: Context): Promise<FieldVisibility>;
}

/**
 * Creates a graph from a supergraph in SDL.
 * @throws SupergraphError if the supergraph takes fields of our schema; a plain Error for the operator if it needs
 * something that is not supported
 */
export async function createGraph(supergraph: string, services: GraphServices): Promise<Graph> {
  const { own, fetch, callers, policies, unauthorized, onRefused, log } = services;
  const whole = buildASTSchema(parse(supergraph, { noLocation: true }), { assumeValidSDL: true });
  refuseUnknown(whole);
  const names = securityNames(whole);
  const schema = publicSchema(whole, names);
  // Apollo Server would find this only after the graph is active.
  assertValidSchema(schema);
  const requirements = readRequirements(whole, names);
  // Checked here, because every supergraph passes here: composed, from a file, or stored by an earlier process.
  refuseTaken(services.checkOwn({ whole, visible: schema, requirements }));
  const run = await createPlanner({ text: supergraph, schema: whole }, services.planner, cutAnswers(whole, fetch, log));
  const measure: Measure = {
    schema,
    requirements,
    ownership: readOwnership(whole),
  };
  const operations = createOperationCache(measure);
  const logged = new WeakSet<Refusal>();

  async function gather(
    document: DocumentNode | null,
    variables: Record<string, unknown>,
    scope: RequestScope,
  ): Promise<Gathered> {
    if (!document) return { data: {}, errors: [] };
    const gathered = { data: {}, errors: [] as GraphQLError[] };
    for (const part of serialMutations(document)) {
      // Copies the context, because libraries cache by it and the cached data may be from before this mutation.
      const { data, errors = [] } = await run(part, variables, { ...scope }).catch((thrown: unknown) =>
        unplanned(part, thrown, scope),
      );
      Object.assign(gathered.data, data);
      gathered.errors.push(...errors.slice(0, MOST_ERRORS - gathered.errors.length).map(rooted));
      if (errors.length > 0 && isOver(part, data)) break;
    }
    return gathered;
  }

  /** Returns the response to a part without a plan: every field is missing, with the refusal as its error. */
  function unplanned(part: DocumentNode, thrown: unknown, { context }: RequestScope): ExecutionResult {
    if (!(thrown instanceof Refusal)) throw thrown;
    if (thrown.kind === 'VALIDATION_FAILED' && !logged.has(thrown)) {
      // Logged once per document, because the refusal is cached with the document.
      logged.add(thrown);
      const { requestId } = context.origin;
      log.warn({ requestId, reason: thrown.message, err: thrown.cause }, 'an operation could not be planned');
    }
    // A query has only one part, so none of it was executed.
    const { operation, selectionSet } = getOperationAST(part)!;
    if (operation !== OperationTypeNode.MUTATION) throw thrown;
    const keys = new Set(fieldsOf(selectionSet).map(keyOf));
    return { errors: [...keys].map((key) => new GraphQLError(thrown.message, { path: [key], originalError: thrown })) };
  }

  /**
   * Returns true if a non-null field of a mutation is null. The response is then null, and the remaining fields are
   * skipped.
   */
  function isOver(part: DocumentNode, data: ExecutionResult['data']): boolean {
    const { operation, selectionSet } = getOperationAST(part)!;
    if (operation !== OperationTypeNode.MUTATION) return false;
    const fields = schema.getMutationType()!.getFields();
    return fieldsOf(selectionSet).some((field) => {
      const value = data?.[keyOf(field)] ?? null;
      return (value === null || value instanceof Failed) && isNonNullType(fields[field.name.value]?.type);
    });
  }

  function noteRefused({ fields }: FieldVerdict, requestId: string): void {
    // Counts a field once. A document that repeats it must not flood the log or the metrics.
    const refused = [...new Map(fields.map((field) => [field.coordinate, field])).values()];
    for (const { coordinate, layer } of refused) onRefused(coordinate, layer);
    for (const { coordinate, layer } of refused.slice(0, MOST_LOGGED))
      log.info({ requestId, coordinate, layer, mode: unauthorized }, 'unauthorized field');
    const more = refused.length - MOST_LOGGED;
    if (more > 0) log.info({ requestId, mode: unauthorized, more }, 'more unauthorized fields');
  }

  return {
    supergraph,
    schema,
    measure,
    async visibilityOf(context) {
      const judge = createJudge(await callers.of(context).subject(), policies, log);
      const refused = new Set<string>();
      for (const type of Object.values(schema.getTypeMap())) {
        if (!isObjectType(type) && !isInterfaceType(type)) continue;
        for (const field of Object.keys(type.getFields())) {
          const answers = measure.requirements.of(type, possibleTypes(schema, type), field).map(judge);
          if (!(await Promise.all(answers)).every(Boolean)) refused.add(`${type.name}.${field}`);
        }
      }
      return (type, field) => !refused.has(`${type}.${field}`);
    },
    async execute({ document, operationName, variables, context }) {
      const operation = operations.of(document, operationName);
      if (!operation) {
        const definitions = getOperationAST(document, operationName)?.variableDefinitions;
        const variableValues = variables && exactVariables(own, { definitions, variables }, plain);
        return execute({
          schema: own,
          document,
          contextValue: context,
          ...({ variableValues, operationName } as object),
        });
      }
      const definitions = operation.definition.variableDefinitions ?? [];
      const given = exactVariables(schema, { definitions, variables: variables ?? {} });
      const { coerced: values, errors } = getVariableValues(schema, definitions, given, VALIDATION_BOUND);
      if (errors) return { errors };
      const coerced = { ...values, ...exactDefaults(schema, definitions, given) };
      const planned = { ...coerced, ...operation.values(coerced) };

      const caller = callers.of(context);
      const verdict =
        operation.guarded.length === 0
          ? NOBODY_REFUSED
          : await authorize(operation, coerced, createJudge(await caller.subject(), policies, log));
      noteRefused(verdict, context.origin.requestId);
      const refusal = () => new Refusal('UNAUTHORIZED_FIELD_OR_TYPE', caller.reason());
      if (unauthorized === 'reject' && verdict.fields.length > 0) {
        const errors = verdict.fields.slice(0, MOST_ERRORS).map(({ path }) => {
          const originalError = refusal();
          return new GraphQLError(originalError.message, { path, originalError });
        });
        return { data: null, errors };
      }
      const { nodes } = unauthorized === 'dry-run' ? NOBODY_REFUSED : verdict;
      const isQuery = operation.definition.operation === OperationTypeNode.QUERY;
      // Only queries are aborted, because a mutation may already have changed something.
      const scope: RequestScope = {
        context,
        identity: caller.identity,
        signal: isQuery ? context.origin.signal : undefined,
      };
      const gathered = await gather(operations.planned(operation, nodes), planned, scope).catch(asErrors);
      if ('failed' in gathered) return { errors: gathered.failed };
      return completeResponse(schema, { operation, variables: coerced, refused: nodes, refusal }, gathered);
    },
  };
}

/** Returns an error with its original cause. Planners wrap errors, move them and join those of one position. */
function rooted(error: GraphQLError): GraphQLError {
  let cause: unknown = error;
  while (cause instanceof GraphQLError || cause instanceof AggregateError)
    cause = cause instanceof GraphQLError ? cause.originalError : (cause.errors as unknown[])[0];
  const path = error.path ?? null;
  return new GraphQLError(error.message, cause instanceof Error ? { path, originalError: cause } : { path });
}

/** Returns the error of a refusal of the whole operation. */
function asErrors(thrown: unknown): { readonly failed: readonly GraphQLError[] } {
  if (!(thrown instanceof Refusal)) throw thrown;
  return { failed: [new GraphQLError(thrown.message, { originalError: thrown })] };
}

const NOBODY_REFUSED: FieldVerdict = { nodes: new Set(), fields: [] };

/** Refuses features that the planner would silently ignore. */
function refuseUnknown(whole: GraphQLSchema): void {
  for (const type of Object.values(whole.getTypeMap())) {
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      if (!directivesOf(field, 'join__field').some((node) => argumentsOf(node)['contextArguments'])) continue;
      throw new Error(
        `${type.name}.${field.name} takes an argument from a context (@fromContext), which is not supported`,
      );
    }
  }
}
