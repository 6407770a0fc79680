import { type ApolloServerPlugin, type GraphQLResponse, HeaderMap } from '@apollo/server';
import { MapperKind, mapSchema, pruneSchema } from '@graphql-tools/utils';
import {
  execute,
  type FormattedExecutionResult,
  GraphQLBoolean,
  GraphQLError,
  GraphQLObjectType,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { digestText } from '../../kernel/secret.ts';
import type { Context } from '../server/context.ts';
import { COERCION_BOUND, type FormatError, refusalOf } from '../server/errors.ts';
import type { FieldVisibility } from '../rules/field_visibility.ts';

/** Introspection with `INTROSPECTION=role`: it shows the part of the schema that the caller may reach. */
export interface RoleIntrospection {
  readonly plugin: ApolloServerPlugin<Context>;
  readonly validationRule: ValidationRule;
  /** Returns whether an operation of a validated document asks for the schema. The plugin answers it then. */
  asks(operation: OperationDefinitionNode): boolean;
}

/**
 * Refuses `__schema` and `__type` below the root of an operation. A subgraph may have fields that return the query type
 * (`viewer { query { … } }`), in which both are valid. Threat: the access to the schema is decided only at the root.
 */
export const introspectionAtRoot: ValidationRule = (context) => ({
  Field(node) {
    const names = node.selectionSet ? [...rootsOf(node.selectionSet, context, new Set())] : [];
    if (!names.some((name) => SCHEMA.has(name))) return;
    context.reportError(new GraphQLError('Introspection is allowed only at the root of an operation', { nodes: node }));
  },
});

/** The number of cached narrowed schemas. Each combination of a role and scopes needs one. */
const KEPT = 32;
const SCHEMA = new Set(['__schema', '__type']);

/**
 * Creates the introspection of `INTROSPECTION=role`.
 * @param visibilityOf returns the fields that the caller may reach; rejects with SERVICE_UNAVAILABLE if a store is away
 */
export function createRoleIntrospection(
  visibilityOf: (context: Context) => Promise<FieldVisibility>,
  formatError: FormatError,
): RoleIntrospection {
  /** Operations and not documents, because only one operation of a document runs. */
  const asking = new WeakSet<OperationDefinitionNode>();
  const narrowed = new WeakMap<GraphQLSchema, LRUCache<string, GraphQLSchema>>();

  function narrow(schema: GraphQLSchema, reach: FieldVisibility): GraphQLSchema {
    const hidden = coordinatesOf(schema).filter(([type, field]) => !reach(type, field));
    const key = digestText(hidden.join(' '));
    let known = narrowed.get(schema);
    if (!known) narrowed.set(schema, (known = new LRUCache({ max: KEPT })));
    let schemaOfThem = known.get(key);
    if (!schemaOfThem) known.set(key, (schemaOfThem = without(schema, new Set(hidden.map(String)))));
    return schemaOfThem;
  }

  return {
    asks: (operation) => asking.has(operation),
    validationRule: (context) => ({
      Document(document) {
        for (const definition of document.definitions) {
          if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
          const roots = [...rootsOf(definition.selectionSet, context, new Set())];
          if (!roots.some((name) => SCHEMA.has(name))) continue;
          asking.add(definition);
          if (roots.every((name) => SCHEMA.has(name) || name === '__typename')) continue;
          context.reportError(
            new GraphQLError('Introspection must be in an operation of its own', { nodes: definition }),
          );
        }
      },
    }),
    plugin: {
      requestDidStart: async () => ({
        async responseForOperation(asked): Promise<GraphQLResponse | null> {
          const { schema, document, operation, operationName, request, contextValue } = asked;
          // Apollo refuses a request without an operation.
          if (!operation || !asking.has(operation)) return null;
          try {
            const { data, errors } = await execute({
              schema: narrow(schema, await visibilityOf(contextValue)),
              document,
              operationName,
              options: COERCION_BOUND,
              ...(request.variables ? { variableValues: request.variables } : {}),
            });
            const formatted = errors && { errors: errors.map(formatError) };
            // Apollo does not format this answer. Without `data` nothing ran, because a variable has a wrong type.
            if (data === undefined) return answer({ ...formatted }, refusalOf(errors?.[0]).status);
            return answer({ data, ...formatted });
          } catch (error) {
            return answer({ errors: [formatError(error)] }, refusalOf(error).status);
          }
        },
      }),
    },
  };
}

function answer(singleResult: FormattedExecutionResult, status?: number): GraphQLResponse {
  return {
    body: { kind: 'single', singleResult },
    http: { ...(status === undefined ? {} : { status }), headers: new HeaderMap() },
  };
}

/** Yields the names of the top fields of a selection, including those in fragments. */
function* rootsOf({ selections }: SelectionSetNode, context: ValidationContext, seen: Set<string>): Generator<string> {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) yield selection.name.value;
    else if (selection.kind === Kind.INLINE_FRAGMENT) yield* rootsOf(selection.selectionSet, context, seen);
    else if (!seen.has(selection.name.value)) {
      seen.add(selection.name.value);
      const fragment = context.getFragment(selection.name.value);
      if (fragment) yield* rootsOf(fragment.selectionSet, context, seen);
    }
  }
}

function coordinatesOf(schema: GraphQLSchema): (readonly [string, string])[] {
  return Object.values(schema.getTypeMap()).flatMap((type) =>
    'getFields' in type && !type.name.startsWith('__') && type.astNode?.kind !== Kind.INPUT_OBJECT_TYPE_DEFINITION
      ? Object.keys(type.getFields()).map((field) => [type.name, field] as const)
      : [],
  );
}

function without(schema: GraphQLSchema, hidden: ReadonlySet<string>): GraphQLSchema {
  const keep = (_config: unknown, field: string, type: string) => (hidden.has(`${type},${field}`) ? null : undefined);
  const left = mapSchema(schema, { [MapperKind.OBJECT_FIELD]: keep, [MapperKind.INTERFACE_FIELD]: keep });
  const query = left.getQueryType();
  if (query && Object.keys(query.getFields()).length > 0) return pruneSchema(left);
  // A schema needs a query type, even if the caller can reach no query.
  return pruneSchema(mapSchema(left, { [MapperKind.QUERY]: () => NOTHING }));
}

const NOTHING = new GraphQLObjectType({
  name: 'Query',
  fields: { nothing: { type: GraphQLBoolean, description: 'No query is available to this caller. Sign in first.' } },
});
