import { ApolloServer, type ApolloServerPlugin, type GraphQLRequestContextWillSendResponse } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import type { GatewayInterface } from '@apollo/server-gateway-interface';
import type { GraphQLSchema, ValidationRule } from 'graphql';
import { bearerChallenge } from '../../kernel/challenge.ts';
import { toRefusal } from '../../kernel/errors.ts';
import { type Log, logFault } from '../../kernel/log.ts';
import type { Context } from './context.ts';
import type { DocumentStore } from './document_store.ts';
import { COERCION_BOUND, type FormatError, refusalOf, VALIDATION_BOUND } from './errors.ts';
import { exactVariables, plain } from './exact_variables.ts';
import { introspectionAtRoot } from '../schema/introspection.ts';
import { knownOperations } from './known_operations.ts';
import { CredentialFieldsError, limitQueries, MAX_TOKENS } from '../limits/query_limits.ts';

export interface ApolloOptions {
  /** What is served: one schema, or whatever a gateway composes. */
  readonly served: { readonly schema: GraphQLSchema } | { readonly gateway: GatewayInterface };
  /** `Type.field` of the root fields with which a secret can be guessed. */
  readonly credentials: ReadonlySet<string>;
  /** What a document must keep to beside the rules of every server. */
  readonly validationRules?: readonly ValidationRule[];
  readonly plugins?: readonly ApolloServerPlugin<Context>[];
  readonly introspection: boolean;
  /** Apollo reads `NODE_ENV` by itself otherwise, and misses what `.env` says. */
  readonly production: boolean;
  /** One attempt on an address: the price of a document that would have tried several passwords. */
  readonly charge: (address: string) => Promise<void>;
  readonly documents: DocumentStore;
  readonly formatError: FormatError;
  readonly log: Log;
}

const GRAPHQL_RESPONSE = 'application/graphql-response+json';

/**
 * A page of another site sends none of these without a preflight (CSRF). By a link with a user in it, it can have the
 * browser send `Authorization: Basic`, which means nothing to the graph; never a bearer token.
 */
const PREFLIGHTED = [
  'apollo-require-preflight',
  'graphql-require-preflight',
  'x-apollo-operation-name',
  'authorization',
];

/**
 * What Apollo adds by itself. Cache hints wrap every resolver, to come to the `no-store` that every answer of ours has;
 * reports would send operations to somebody else wherever the environment holds an `APOLLO_KEY`.
 */
const DISABLED = [
  ApolloServerPluginCacheControlDisabled(),
  ApolloServerPluginInlineTraceDisabled(),
  ApolloServerPluginLandingPageDisabled(),
  ApolloServerPluginSchemaReportingDisabled(),
  ApolloServerPluginUsageReportingDisabled(),
];

/** Apollo Server with every door closed that is not needed, its errors replaced by the closed table. Not started. */
export function createApollo(options: ApolloOptions): ApolloServer<Context> {
  const { served, validationRules = [], plugins = [], introspection, production, charge, documents, log } = options;
  return new ApolloServer<Context>({
    ...served,
    introspection,
    nodeEnv: production ? 'production' : 'development',
    logger: log,
    parseOptions: { maxTokens: MAX_TOKENS },
    validationRules: [limitQueries(options.credentials), knownOperations, introspectionAtRoot, ...validationRules],
    // A schema that hides itself must not spell out the nearest field.
    validationOptions: { hideSuggestions: true, ...VALIDATION_BOUND },
    executionOptions: COERCION_BOUND,
    hideSchemaDetailsFromClientErrors: true,
    includeStacktraceInErrorResponses: false,
    // A hundred logins in one array would be one request to whoever counts requests.
    allowBatchedHttpRequests: false,
    csrfPrevention: { requestHeaders: PREFLIGHTED },
    persistedQueries: false,
    documentStore: documents,
    // The process stops through serve.ts, which drains first.
    stopOnTerminationSignals: false,
    formatError: (_formatted, error) => options.formatError(error),
    plugins: [
      ...DISABLED,
      exactNumbers('schema' in served ? served.schema : undefined),
      chargeGuessing(charge, log),
      answerStatus(),
      ...plugins,
    ],
  });
}

function chargeGuessing(charge: ApolloOptions['charge'], log: Log): ApolloServerPlugin<Context> {
  return {
    requestDidStart: async () => ({
      didEncounterErrors: async ({ errors, contextValue }) => {
        if (errors.some((error) => error.originalError instanceof CredentialFieldsError)) {
          // The document is refused all the same where the store is away.
          await charge(contextValue.origin.address).catch((error: unknown) => logFault(toRefusal(error), log));
        }
      },
    }),
  };
}

/**
 * Variables as exact as they came. A gateway knows by itself what is made of them.
 * @param own what is served, where no gateway is
 */
function exactNumbers(own: GraphQLSchema | undefined): ApolloServerPlugin<Context> {
  return {
    requestDidStart: async ({ request, contextValue }) => {
      // Apollo has parsed those of an address itself.
      if (contextValue.variables) request.variables = contextValue.variables;
      if (!own) return;
      return {
        didResolveOperation: async ({ operation }) => {
          const { variables } = request;
          if (variables) request.variables = exactVariables(own, operation?.variableDefinitions, variables, plain);
        },
      };
    },
  };
}

/** The HTTP status of an answer, as the contract's Errors section says. */
function answerStatus(): ApolloServerPlugin<Context> {
  return {
    requestDidStart: async () => ({ willSendResponse: async (request) => setStatus(request) }),
  };
}

function setStatus({ errors, request, response }: GraphQLRequestContextWillSendResponse<Context>): void {
  const [first] = errors ?? [];
  if (!first || response.body.kind !== 'single') return;
  const refusal = refusalOf(first);
  const { data } = response.body.singleResult;
  const accepts = request.http?.headers.get('accept')?.includes(GRAPHQL_RESPONSE) ?? false;
  // Before execution there is no `data` at all; under application/json what was executed stays a 200.
  if (data === undefined) response.http.status = response.http.status === 405 ? 405 : refusal.status;
  else if (data === null && accepts) response.http.status = refusal.status;
  else return;
  const challenge = bearerChallenge(refusal);
  if (challenge !== undefined) response.http.headers.set('www-authenticate', challenge);
  if (refusal.retryAfter !== undefined) response.http.headers.set('retry-after', String(refusal.retryAfter));
}
