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
  /** The schema to serve: a fixed one, or the one that a gateway composes. */
  readonly served: { readonly schema: GraphQLSchema } | { readonly gateway: GatewayInterface };
  /** `Type.field` of the root fields with which a secret can be guessed. */
  readonly credentials: ReadonlySet<string>;
  /** Validation rules in addition to those of every server. */
  readonly validationRules?: readonly ValidationRule[];
  readonly plugins?: readonly ApolloServerPlugin<Context>[];
  readonly introspection: boolean;
  /** Without it Apollo reads `NODE_ENV` from the environment and misses the value in `.env`. */
  readonly production: boolean;
  /** Counts one attempt of an address, for a document that would have tried several passwords. */
  readonly charge: (address: string) => Promise<void>;
  readonly documents: DocumentStore;
  readonly formatError: FormatError;
  readonly log: Log;
}

const GRAPHQL_RESPONSE = 'application/graphql-response+json';

/**
 * Headers that a page of another site cannot send without a preflight (CSRF). A link with a user name makes the browser
 * send `Authorization: Basic`, which the graph ignores. A link cannot make it send a bearer token.
 */
const PREFLIGHTED = [
  'apollo-require-preflight',
  'graphql-require-preflight',
  'x-apollo-operation-name',
  'authorization',
];

/**
 * Plugins that Apollo adds by default. Cache hints wrap every resolver, although every answer is `no-store`. Threat:
 * the reports send operations to a third party wherever the environment holds an `APOLLO_KEY`.
 */
const DISABLED = [
  ApolloServerPluginCacheControlDisabled(),
  ApolloServerPluginInlineTraceDisabled(),
  ApolloServerPluginLandingPageDisabled(),
  ApolloServerPluginSchemaReportingDisabled(),
  ApolloServerPluginUsageReportingDisabled(),
];

/**
 * Creates an Apollo Server without the features that the contract does not need. Its errors come from the closed table.
 * @returns the server, not started
 */
export function createApollo(options: ApolloOptions): ApolloServer<Context> {
  const { served, validationRules = [], plugins = [], introspection, production, charge, documents, log } = options;
  return new ApolloServer<Context>({
    ...served,
    introspection,
    nodeEnv: production ? 'production' : 'development',
    logger: log,
    parseOptions: { maxTokens: MAX_TOKENS },
    validationRules: [limitQueries(options.credentials), knownOperations, introspectionAtRoot, ...validationRules],
    // Threat: a suggestion would name fields of a hidden schema.
    validationOptions: { hideSuggestions: true, ...VALIDATION_BOUND },
    executionOptions: COERCION_BOUND,
    hideSchemaDetailsFromClientErrors: true,
    includeStacktraceInErrorResponses: false,
    // Threat: a hundred logins in one array would count as one request.
    allowBatchedHttpRequests: false,
    csrfPrevention: { requestHeaders: PREFLIGHTED },
    persistedQueries: false,
    documentStore: documents,
    // The process itself stops the server, after it has drained the requests.
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
          // The document is refused even if the store is away.
          await charge(contextValue.origin.address).catch((error: unknown) => logFault(toRefusal(error), log));
        }
      },
    }),
  };
}

/**
 * Keeps the numbers of variables exact. A gateway converts them itself.
 * @param own the served schema; undefined for a gateway
 */
function exactNumbers(own: GraphQLSchema | undefined): ApolloServerPlugin<Context> {
  return {
    requestDidStart: async ({ request, contextValue }) => {
      // Apollo has parsed variables in the URL itself, with rounded numbers.
      if (contextValue.variables) request.variables = contextValue.variables;
      if (!own) return;
      return {
        didResolveOperation: async ({ operation }) => {
          const { variables } = request;
          if (variables)
            request.variables = exactVariables(own, { definitions: operation?.variableDefinitions, variables }, plain);
        },
      };
    },
  };
}

/** Sets the HTTP status of an answer, as the section "Errors" of the contract specifies. */
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
  // `data` is missing if nothing was executed. After execution the status stays 200 for `application/json`.
  if (data === undefined) response.http.status = response.http.status === 405 ? 405 : refusal.status;
  else if (data === null && accepts) response.http.status = refusal.status;
  else return;
  const challenge = bearerChallenge(refusal);
  if (challenge !== undefined) response.http.headers.set('www-authenticate', challenge);
  if (refusal.retryAfter !== undefined) response.http.headers.set('retry-after', String(refusal.retryAfter));
}
