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

/** `INTROSPECTION=role`: the schema, as far as the caller may reach it. */
export interface RoleIntrospection {
  readonly plugin: ApolloServerPlugin<Context>;
  readonly validationRule: ValidationRule;
  /** Whether an operation of a document that was validated asks for the schema, and so is answered here. */
  asks(operation: OperationDefinitionNode): boolean;
}

/**
 * A subgraph may have fields that give the query type itself (`viewer { query { … } }`), and in them `__schema` and `__type`
 * are valid too. Who may see the schema is decided at the root of an operation: below it, nobody is shown it.
 */
export const introspectionAtRoot: ValidationRule = (context) => ({
  Field(node) {
    const names = node.selectionSet ? [...rootsOf(node.selectionSet, context, new Set())] : [];
    if (!names.some((name) => SCHEMA.has(name))) return;
    context.reportError(new GraphQLError('Introspection is allowed only at the root of an operation', { nodes: node }));
  },
});

/** Narrowed schemas that are kept: callers come in as many kinds as there are roles and sets of scopes. */
const KEPT = 32;
const SCHEMA = new Set(['__schema', '__type']);

/** @param visibilityOf what the caller may reach. Rejects with SERVICE_UNAVAILABLE where that cannot be found out */
export function createRoleIntrospection(
  visibilityOf: (context: Context) => Promise<FieldVisibility>,
  formatError: FormatError,
): RoleIntrospection {
  /** Operations, not documents: of a document's operations one runs, and only that one decides. */
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
          // Without an operation there is none to run: Apollo refuses that.
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
            // Past Apollo's own exit. Without `data` nothing ran: a variable is not of its type.
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

/** The names of the fields that a selection begins with, those in fragments too. */
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
  // A schema has a root for queries, though there may be nothing to ask.
  return pruneSchema(mapSchema(left, { [MapperKind.QUERY]: () => NOTHING }));
}

const NOTHING = new GraphQLObjectType({
  name: 'Query',
  fields: { nothing: { type: GraphQLBoolean, description: 'No query is available to this caller. Sign in first.' } },
});
