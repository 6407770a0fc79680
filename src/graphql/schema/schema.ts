import { type GraphQLSchema, lexicographicSortSchema, printSchema } from 'graphql';
import { buildSchemaSync } from 'type-graphql';
import { Refusal } from '../../kernel/errors.ts';
import type { UseCases } from '../../application/use_cases.ts';
import { AccountResolver } from '../resolvers/account/account.resolver.ts';
import { AdminResolver } from '../resolvers/admin/admin.resolver.ts';
import { AuditResolver } from '../resolvers/audit/audit.resolver.ts';
import { ClientResolver } from '../resolvers/clients/client.resolver.ts';
import { DirectoryResolver } from '../resolvers/directory/directory.resolver.ts';
import { readCredentials } from './credential.ts';
import { printSubgraph, toSubgraph } from './federation.ts';
import { permissions, provePermissions } from '../rules/permissions.ts';
import { createRules } from '../rules/rules.ts';
import { type ServerFacts, ServerResolver } from '../resolvers/server/server.resolver.ts';
import { SessionResolver } from '../resolvers/sessions/session.resolver.ts';
import { applyMiddleware, deny, type IMiddleware, shield } from '../rules/shield.ts';
import { SigningKeyResolver } from '../resolvers/signing_keys/signing_key.resolver.ts';

/**
 * The graph behind its rules, as a subgraph of others' graphs too.
 * @param table who may have what; the tests pass a wrong one to see the start fail
 * Throws where a field has no rule, or takes a secret and has no mark, naming it.
 */
export function buildShieldedSchema(useCases: UseCases, facts: ServerFacts, table = permissions): GraphQLSchema {
  const schema = toSubgraph(buildBareSchema({ useCases, facts }));
  provePermissions(schema, table);
  readCredentials(schema);
  const rules = createRules(facts);
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

const RESOLVERS = [
  SessionResolver,
  AccountResolver,
  DirectoryResolver,
  AdminResolver,
  ClientResolver,
  AuditResolver,
  SigningKeyResolver,
] as const;

/** Without what they answer from the schema can be printed, not asked. */
function buildBareSchema(from?: { readonly useCases: UseCases; readonly facts: ServerFacts }): GraphQLSchema {
  const instances = new Map<unknown, unknown>(
    from && [
      ...RESOLVERS.map((Resolver) => [Resolver, new Resolver(from.useCases)] as const),
      [ServerResolver, new ServerResolver(from.facts)],
    ],
  );
  return buildSchemaSync({
    resolvers: [...RESOLVERS, ServerResolver],
    container: { get: (resolver) => instances.get(resolver) },
    validate: false,
  });
}
