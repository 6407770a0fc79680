import { type GraphQLSchema, lexicographicSortSchema, printSchema } from 'graphql';
import { buildSchemaSync } from 'type-graphql';
import { Refusal } from '../kernel/errors.ts';
import type { UseCases } from '../signin/use_cases.ts';
import { AccountResolver } from './account.resolver.ts';
import { AdminResolver } from './admin.resolver.ts';
import { AuditResolver } from './audit.resolver.ts';
import { ClientResolver } from './client.resolver.ts';
import { printSubgraph, toSubgraph } from './federation.ts';
import { permissions, provePermissions } from './permissions.ts';
import { createRules, type RuleOptions } from './rules.ts';
import { SessionResolver } from './session.resolver.ts';
import { applyMiddleware, deny, type IMiddleware, shield } from './shield.ts';

/**
 * The graph behind its rules, as a subgraph of others' graphs too.
 * @param table who may have what; the tests pass a wrong one to see the start fail
 * Throws where a field has no rule, naming it.
 */
export function buildShieldedSchema(useCases: UseCases, options: RuleOptions, table = permissions): GraphQLSchema {
  const schema = toSubgraph(buildBareSchema(useCases));
  provePermissions(schema, table);
  const rules = createRules(options);
  const tree = Object.fromEntries(
    Object.entries(table).map(([type, fields]) => [
      type,
      Object.fromEntries(Object.entries(fields).map(([field, access]) => [field, rules(access)])),
    ]),
  );
  const guards = shield(tree, {
    // What no rule speaks of is closed.
    fallbackRule: deny,
    fallbackError: new Refusal('FORBIDDEN'),
    // Errors of resolvers pass as they are: `graphql/errors.ts` is the one exit that decides what leaks.
    allowExternalErrors: true,
  }).generate(schema) as Record<string, Record<string, unknown>>;
  // A guard that lets everybody in costs as much as one that asks.
  for (const [type, fields] of Object.entries(table)) {
    for (const [field, access] of Object.entries(fields)) if (access === 'public') delete guards[type]![field];
  }
  return applyMiddleware(schema, guards as IMiddleware);
}

/** The schema's text as clients see it, committed in `schema/schema.graphql`. */
export function emitSchema(): string {
  return `${printSchema(lexicographicSortSchema(buildBareSchema()))}\n`;
}

/** The schema's text as routers compose it, committed in `schema/subgraph.graphql`; `_service` answers the same. */
export function emitSubgraph(): string {
  return printSubgraph(buildBareSchema());
}

/** Without use cases the schema can be printed, not asked. */
function buildBareSchema(useCases?: UseCases): GraphQLSchema {
  const instances = new Map<unknown, unknown>(
    useCases
      ? [
          [SessionResolver, new SessionResolver(useCases)],
          [AccountResolver, new AccountResolver(useCases)],
          [AdminResolver, new AdminResolver(useCases)],
          [ClientResolver, new ClientResolver(useCases)],
          [AuditResolver, new AuditResolver(useCases)],
        ]
      : [],
  );
  return buildSchemaSync({
    resolvers: [SessionResolver, AccountResolver, AdminResolver, ClientResolver, AuditResolver],
    container: { get: (resolver) => instances.get(resolver) },
    validate: false,
  });
}
