import { type GraphQLSchema, lexicographicSortSchema, printSchema } from 'graphql';
import { buildSchemaSync } from 'type-graphql';
import { Refusal } from '../../kernel/errors.ts';
import type { UseCases } from '../../application/use_cases.ts';
import { AccountResolver } from '../resolvers/account/account.resolver.ts';
import { AdminResolver } from '../resolvers/admin/admin.resolver.ts';
import { AuditResolver } from '../resolvers/audit/audit.resolver.ts';
import { ClientResolver } from '../resolvers/clients/client.resolver.ts';
import { DirectoryResolver } from '../resolvers/directory/directory.resolver.ts';
import { FactorsResolver } from '../resolvers/factors/factors.resolver.ts';
import { PasskeysResolver } from '../resolvers/factors/passkeys.resolver.ts';
import { PasskeyLoginResolver } from '../resolvers/sessions/passkey_login.resolver.ts';
import { RecoveryResolver } from '../resolvers/recovery/recovery.resolver.ts';
import { readCredentials } from './credential.ts';
import { printSubgraph, toSubgraph } from './federation.ts';
import { permissions, provePermissions } from '../rules/permissions.ts';
import { createRules } from '../rules/rules.ts';
import { type ServerFacts, ServerResolver } from '../resolvers/server/server.resolver.ts';
import { SessionResolver } from '../resolvers/sessions/session.resolver.ts';
import { MailResolver } from '../resolvers/mails/mail.resolver.ts';
import { applyMiddleware, deny, type IMiddleware, shield } from '../rules/shield.ts';
import { SigningKeyResolver } from '../resolvers/signing_keys/signing_key.resolver.ts';

/**
 * Builds the schema with its rules, usable as a subgraph.
 * @param table the access of each field; tests pass a wrong table to see the start fail
 * @throws Error that names each field without a rule, and each field that takes a secret and has no mark
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
    // A field without a rule is closed.
    fallbackRule: deny,
    fallbackError: new Refusal('FORBIDDEN'),
    // Errors of resolvers pass unchanged: `server/errors.ts` is the one exit that decides what leaks.
    allowExternalErrors: true,
  }).generate(schema) as Record<string, Record<string, unknown>>;
  // An open guard costs as much time as a real one.
  for (const [type, fields] of Object.entries(table)) {
    for (const [field, access] of Object.entries(fields)) if (access === 'public') delete guards[type]![field];
  }
  return applyMiddleware(schema, guards as IMiddleware);
}

/** Returns the text of the schema that clients see, committed in `schema/schema.graphql`. */
export function emitSchema(): string {
  return `${printSchema(lexicographicSortSchema(buildBareSchema()))}\n`;
}

/** Returns the text of the schema for composition, committed in `schema/subgraph.graphql` and served by `_service`. */
export function emitSubgraph(): string {
  return printSubgraph(buildBareSchema());
}

const RESOLVERS = [
  SessionResolver,
  PasskeyLoginResolver,
  AccountResolver,
  FactorsResolver,
  PasskeysResolver,
  DirectoryResolver,
  AdminResolver,
  ClientResolver,
  AuditResolver,
  SigningKeyResolver,
  MailResolver,
  RecoveryResolver,
] as const;

/** Builds the schema without rules. Without use cases and facts it can only be printed. */
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
