import { fileURLToPath } from 'node:url';
import { createVerifier } from 'gatehouse-subgraph';
import { SECRET_REQUEST_INFO } from '../kernel/request_info.ts';
import type { Config } from '../config/config.ts';
import { secretVariables } from '../config/variables.ts';
import { createIdentities } from '../gateway/transport/identity.ts';
import { OWN } from '../gateway/composition/ownership.ts';
import type { PlannerKind } from '../gateway/planning/planner.ts';
import { createApollo } from '../graphql/server/apollo.ts';
import { createErrorFormat } from '../graphql/server/errors.ts';
import { readCredentials } from '../graphql/schema/credential.ts';
import { DocumentStore } from '../graphql/server/document_store.ts';
import type { Context } from '../graphql/server/context.ts';
import { createGraphqlMetrics } from '../graphql/server/metrics.ts';
import { createRoleIntrospection } from '../graphql/schema/introspection.ts';
import { createKnownQueries, executeOver } from '../graphql/server/known_queries.ts';
import { ownFieldVisibility, type FieldVisibility } from '../graphql/rules/field_visibility.ts';
import { buildShieldedSchema, emitSubgraph } from '../graphql/schema/schema.ts';
import { noteOperation, operationTracing } from '../graphql/server/traced_operation.ts';
import { reportClosedSecrets } from './closed_secrets.ts';
import { hashingCheck, keysCheck } from './readiness.ts';
import { prepareDrain } from '../http/drain.ts';
import { createInteractions } from '../http/pages/interaction.ts';
import { watchDescriptors } from '../http/descriptors.ts';
import { listen } from '../http/listen.ts';
import { createHttpMetrics } from '../http/metrics.ts';
import { anyProof, identityProof, routerSecretProof } from '../http/middleware/router_proof.ts';
import { createHttpServer } from '../http/server.ts';
import { type Clock, systemClock } from '../kernel/clock.ts';
import { type Closers, openAll } from '../kernel/closers.ts';
import type { Log } from '../kernel/log.ts';
import { createMetrics, type Metrics } from '../kernel/metrics.ts';
import { NO_TRACING, type Tracing } from '../kernel/tracing.ts';
import { createClientAddress } from '../limits/client_address.ts';
import { createMaintenance } from './jobs.ts';
import { openMail } from './mail.ts';
import { SECRET_PARAMETERS } from '../oauth/parameters.ts';
import { openServices } from './services.ts';
import type { Hasher } from '../credentials/password/hasher.ts';
import { createPurge, createKeyMaintenance } from '../application/foundation/purge.ts';
import { createFirstAdmin, type FirstAdmin } from '../application/accounts/first_admin.ts';
import { createUseCases } from '../application/use_cases.ts';
import type { DatabaseOptions } from '../store/database/database.ts';

export interface App {
  /** Set if this start created the first admin. */
  readonly firstAdmin: FirstAdmin | null;
  /** Starts accepting requests, and returns the address of the socket. */
  listen(): Promise<string>;
  /**
   * Stops accepting requests, waits for the current ones, and closes the stores.
   * @param patient see `http/drain.ts`
   */
  close(patient?: boolean): Promise<void>;
}

export interface AppOptions {
  readonly log: Log;
  readonly clock?: Clock;
  /** Replaces PostgreSQL's clock, so that tests can move it. */
  readonly databaseClock?: Clock;
  readonly pglite?: DatabaseOptions['pglite'];
  /** Cancels the start while it waits for another process. */
  readonly signal?: AbortSignal;
  /** The hasher of another process on this machine; if missing, the app starts its own hashing process. */
  readonly hasher?: Hasher;
  /** The metrics of the process. */
  readonly metrics?: Metrics;
  /**
   * Returns the text of `/metrics`; the default is the metrics of this process, which is not enough for one of several.
   */
  readonly scrape?: () => Promise<string>;
  readonly tracing?: Tracing;
  /** The latest start of maintenance in seconds: see `jobs.ts`. */
  readonly soonSeconds?: number;
  /** See `http/server.ts`. */
  readonly direct?: boolean;
  /** The planner of the gateway; the default is the one that this machine can run. */
  readonly planner?: PlannerKind;
}

/** The path is valid from the source and from the build. */
const PAGES = fileURLToPath(new URL('../../dist/web', import.meta.url));

/**
 * Creates the app. This is the composition root: it builds every part once and passes each its collaborators.
 * @throws Error or Refusal for an operator if a part cannot start; nothing is left open
 */
export async function createApp(config: Config, options: AppOptions): Promise<App> {
  const { log, clock = systemClock, pglite, signal, hasher, soonSeconds, direct, planner } = options;
  const { metrics = createMetrics(), scrape = () => metrics.metrics(), tracing = NO_TRACING } = options;
  return openAll(build);

  async function build(opened: Closers): Promise<App> {
    let isPatient = false;
    const { services, secrets, keys, signingKeys, close } = await openServices(config, {
      log,
      clock,
      databaseClock: options.databaseClock,
      pglite,
      signal,
      hasher,
      metrics,
      tracing,
    });
    opened.defer(close);
    await reportClosedSecrets(services.database, secrets, log);
    const firstAdmin = await createFirstAdmin(services, config.admin);
    // Fills the cache at the start rather than in the first request.
    await services.stateCache.read([]);

    const mail = openMail(config, { services, secrets, metrics, databaseClock: options.databaseClock });
    const jobs = [
      mail.job,
      ...createPurge(services, config.audit),
      ...createKeyMaintenance(signingKeys, config.tokens.keyRotationDays),
    ];
    const maintenance = createMaintenance({
      jobs,
      keyValue: services.keyValue,
      log,
      ...(soonSeconds === undefined ? {} : { soonSeconds }),
    });
    opened.defer(maintenance.stop);
    // Before the maintenance, which waits for its jobs.
    opened.defer(mail.close);

    const useCases = createUseCases(services);
    const facts = {
      registrationOpen: config.registrationOpen,
      passkeys: config.passkeys.relyingParty !== null,
      passwordReset: config.recovery.isResetOpen,
      factors: config.factors,
      supergraph: async () => (gateway ? gateway.health() : null),
    };
    const schema = buildShieldedSchema(useCases, facts);
    const credentials = readCredentials(schema);
    log.conceal([...credentials.inputs, ...SECRET_PARAMETERS, ...secretVariables, ...SECRET_REQUEST_INFO]);
    const documents = new DocumentStore();
    const formatError = createErrorFormat(log, createGraphqlMetrics(metrics).failed);
    const identities = await createIdentities(secrets, { issuer: config.tokens.issuer }, clock);
    const gateway = config.gateway && (await openFederation(config.gateway));
    if (gateway) opened.defer(gateway.close);
    const narrowing = config.introspection === 'role' ? createRoleIntrospection(visibilityOf, formatError) : undefined;
    const apollo = createApollo({
      served: gateway ? { gateway: gateway.apollo } : { schema },
      credentials: credentials.fields,
      validationRules: [gateway, narrowing].flatMap((part) => part?.validationRule ?? []),
      plugins: [operationTracing(tracing), ...(narrowing ? [narrowing.plugin] : [])],
      documents,
      introspection: config.introspection !== 'off',
      production: config.environment === 'production',
      charge: services.attempts.charge,
      formatError,
      log,
    });
    await apollo.start();
    opened.defer(() => apollo.stop());

    // A gateway of another deployment with the same secret is recognised by the keys that this server would sign with.
    const ownVerifier = createVerifier({
      issuer: config.tokens.issuer,
      subgraph: OWN,
      jwksUrl: 'https://gatehouse.invalid/jwks.json',
      fetch: async () => Response.json({ keys: identities.jwks }),
      clock,
    });
    const server = createHttpServer({
      ...config.http,
      clientAddress: createClientAddress(config.http.trustProxy),
      useCases,
      apollo,
      knownQueries: createKnownQueries(gateway?.run ?? executeOver(schema), documents, {
        isValid: (document, operation) => (gateway?.isCurrent(document) ?? true) && !narrowing?.asks(operation),
        onServed: noteOperation(tracing),
      }),
      schema,
      metrics: createHttpMetrics(metrics),
      tracing,
      formatError,
      scrape,
      jwks: () => ({ keys: [...keys.jwks.keys, ...(gateway ? identities.jwks : [])] }),
      tokens: config.tokens,
      roles: config.roles,
      passwordReset: config.recovery.isResetOpen,
      relatedOrigins: config.passkeys.relyingParty?.related ?? [],
      interactions: createInteractions(secrets, config.http.publicUrl),
      provesRouter: anyProof(routerSecretProof(config.http.routerSecret), identityProof(ownVerifier)),
      checks: {
        database: services.database.checkWritable,
        keyValue: services.keyValue.checkSafe,
        keys: keysCheck(keys),
        hashing: hashingCheck(services.hasher),
        ...(gateway ? { supergraph: async () => gateway.state() } : {}),
      },
      pagesFolder: PAGES,
      ...(direct === undefined ? {} : { direct }),
      log,
    });
    // Loaded on demand: a server without other subgraphs needs no memory for it.
    async function openFederation(gatewayConfig: NonNullable<Config['gateway']>) {
      const { openGateway } = await import('../gateway/open_gateway.ts');
      return openGateway({
        config: gatewayConfig,
        database: services.database,
        identities,
        own: { schema, text: emitSubgraph() },
        signedInAt: useCases.ownSessions.signedInAt,
        ...(planner === undefined ? {} : { planner }),
        metrics,
        tracing,
        clock,
        log,
      });
    }

    /**
     * Returns the fields that a request may see, by the rules of Gatehouse and by the directives of other subgraphs.
     */
    async function visibilityOf(context: Context): Promise<FieldVisibility> {
      const [own, federated] = await Promise.all([ownFieldVisibility(context, facts), gateway?.visibilityOf(context)]);
      return (type, field) => own(type, field) && (federated?.(type, field) ?? true);
    }

    return {
      firstAdmin,
      async listen() {
        const drain = prepareDrain(server);
        const address = await listen(server, config.http.host, config.http.port);
        opened.defer(() => drain(isPatient));
        opened.defer(watchDescriptors({ metrics, log }));
        maintenance.start();
        return address;
      },
      close(patient = false) {
        isPatient = patient;
        return opened.close();
      },
    };
  }
}
