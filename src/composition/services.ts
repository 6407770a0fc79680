import { createUnknownNames } from '../audit/unknown_names.ts';
import type { Config } from '../config/config.ts';
import { createBackground } from '../kernel/background.ts';
import type { Clock } from '../kernel/clock.ts';
import { type Closers, openAll } from '../kernel/closers.ts';
import type { Log } from '../kernel/log.ts';
import { createMetrics, type Metrics } from '../kernel/metrics.ts';
import { NO_TRACING, type Tracing } from '../kernel/tracing.ts';
import { createAttempts } from '../limits/attempts.ts';
import { createDevices } from '../limits/device.ts';
import { createLimitMetrics } from '../limits/metrics.ts';
import { createQuotas } from '../limits/quotas.ts';
import { createOutbox } from '../mail/outbox.ts';
import { createMailPayloads } from '../mail/payload.ts';
import { type BreachedPasswords, openBreachedPasswords } from '../credentials/password/breached/breached_passwords.ts';
import { createBreachMetrics } from '../credentials/password/breached/metrics.ts';
import type { Hasher } from '../credentials/password/hasher.ts';
import { openHashing } from '../credentials/password/hashing_pool.ts';
import { createHashingMetrics } from '../credentials/password/metrics.ts';
import { createCheckPassword } from '../credentials/password/policy.ts';
import { tracedHasher } from '../credentials/password/traced_hasher.ts';
import { createProofs } from '../proofs/proofs.ts';
import { createTotp } from '../credentials/totp/totp.ts';
import { createRefreshTokens } from '../sessions/refresh_token.ts';
import { createSessions } from '../sessions/sessions.ts';
import { createBreachWatch } from '../application/foundation/breach_watch.ts';
import { createSignInMetrics } from '../application/foundation/metrics.ts';
import type { Services } from '../application/foundation/services.ts';
import { createSigningKeys, type SigningKeys } from '../application/foundation/signing_keys.ts';
import { openStorage, type StorageOptions } from './storage.ts';
import { watchClockOffset } from '../store/database/clock_offset.ts';
import { openKeyValue } from '../store/keyvalue/keyvalue.ts';
import { createStoreMetrics } from '../store/metrics.ts';
import { createDatabaseTime } from '../store/database/database_time.ts';
import { createStateCache } from '../store/state_cache/state_cache.ts';
import { observedDatabase, observedKeyValue } from '../store/observed.ts';
import { createAccessTokens, OUTLIVED_SECONDS } from '../tokens/access_token.ts';
import { createDenylist } from '../tokens/denylist.ts';
import { type Keys, openKeys } from '../keys/keys.ts';
import { watchDenylist } from '../tokens/metrics.ts';
import { createLiveUsers } from '../users/live_users.ts';

export interface ServicesOptions extends StorageOptions {
  readonly log: Log;
  readonly clock: Clock;
  /** Replaces PostgreSQL's clock, so that tests can move it. */
  readonly databaseClock?: Clock | undefined;
  /** The hasher of another process on this machine; if missing, a hashing process is started. */
  readonly hasher?: Hasher | undefined;
  /** The metrics to record to; by default they are not exposed. */
  readonly metrics?: Metrics | undefined;
  readonly tracing?: Tracing | undefined;
}

/** The services of the use cases, and the keys that they were made from. */
export interface OpenServices {
  readonly services: Services;
  /** `JWT_SECRET_KEY`, then the previous one while it is being replaced. */
  readonly secrets: readonly string[];
  readonly keys: Keys;
  readonly signingKeys: SigningKeys;
  close(): Promise<void>;
}

/**
 * Opens the stores, the keys and the hashing, for a server or for a command with the same services.
 * @throws Error or Refusal for an operator if a service cannot start; nothing is left open
 */
export async function openServices(config: Config, options: ServicesOptions): Promise<OpenServices> {
  const { log, clock, hasher, metrics = createMetrics(), tracing = NO_TRACING } = options;
  return openAll(open);

  async function open(opened: Closers): Promise<OpenServices> {
    const breached =
      config.breachedPasswords &&
      (await openBreachedPasswords(config.breachedPasswords, { metrics: createBreachMetrics(metrics), log }));
    if (breached) opened.defer(breached.close);
    // Concurrently with the rest, because a process takes time to start.
    const hashing = hasher ? undefined : openHashing(config.hashing, log, createHashingMetrics(metrics));
    const hasBegun = hashing?.catch(() => undefined);
    opened.defer(async () => (await hasBegun)?.close());
    const storage = await openStorage(config, { onNotice: (words) => log.warn(words), ...options });
    opened.defer(storage.close);
    const { secrets } = storage;
    const storeMetrics = createStoreMetrics(metrics);
    const database = observedDatabase(storage.database, storeMetrics, tracing);
    opened.defer(
      watchClockOffset({
        database,
        clock,
        metrics,
        onOff: (seconds) =>
          log.warn({ seconds }, "the clock of this machine differs from PostgreSQL's. Synchronise both with NTP"),
      }),
    );
    const { redisUrl } = config.store;
    const store = await openKeyValue({ redisUrl, clock, onError: (error) => log.warn({ err: error }, 'Redis') });
    opened.defer(store.close);
    const keyValue = observedKeyValue(store, storeMetrics, tracing);

    const assembled = await assembleServices(config, {
      database,
      keyValue,
      secrets,
      breached,
      hasher: tracedHasher(hasher ?? (await hashing!), tracing),
      metrics,
      tracing,
      clock,
      databaseClock: options.databaseClock,
      log,
    });
    opened.defer(assembled.services.breachWatch.close);
    opened.defer(assembled.services.background.settle);
    opened.defer(
      assembled.keys.watch((error) =>
        log.error({ err: error }, 'cannot read the signing keys. The known keys stay in use'),
      ),
    );
    return { ...assembled, secrets, close: opened.close };
  }
}

/** The open stores and tools that the services are made from. */
export interface Resources extends Pick<Services, 'database' | 'keyValue' | 'hasher' | 'tracing' | 'clock' | 'log'> {
  readonly secrets: readonly string[];
  readonly metrics: Metrics;
  /** Replaces PostgreSQL's clock, so that tests can move it. */
  readonly databaseClock?: Clock | undefined;
  /** The passwords known from breaches; none without a source of them. */
  readonly breached?: BreachedPasswords | null;
}

/** The part of the configuration that the services need. */
export type ServicesConfig = Pick<
  Config,
  'tokens' | 'sessions' | 'limits' | 'passkeys' | 'roles' | 'factors' | 'recovery'
> & {
  readonly http: Pick<Config['http'], 'publicUrl'>;
  readonly mail: Pick<Config['mail'], 'server'>;
};

/**
 * Makes the services over open stores.
 * @throws Error if the signing keys cannot be read or made
 */
export async function assembleServices(
  config: ServicesConfig,
  foundations: Resources,
): Promise<Pick<OpenServices, 'services' | 'keys' | 'signingKeys'>> {
  const { secrets, metrics, databaseClock, breached = null, ...given } = foundations;
  const { database, keyValue, clock } = given;
  const { algorithm } = config.tokens;
  const signingKeys = createSigningKeys({ database, clock }, { secrets, algorithm });
  await signingKeys.prepare();
  const keys = await openKeys(database, { secrets, algorithm }, clock);
  const accessTokens = createAccessTokens(keys, config.tokens, clock);
  const denylist = createDenylist(database, clock);
  watchDenylist(metrics, denylist.count);
  const refreshTokens = createRefreshTokens(secrets);
  const databaseTime = createDatabaseTime(databaseClock);
  const outbox = createOutbox(createMailPayloads(secrets), databaseTime);
  const services: Services = {
    ...given,
    stateCache: createStateCache({ database, keyValue, fill: denylist.fill }),
    accessTokens,
    keys,
    signingKeys,
    denylist,
    liveUsers: createLiveUsers(database),
    refreshTokens,
    sessions: createSessions(
      refreshTokens,
      { ...config.sessions, accessTokenSeconds: accessTokens.lifetime, outlivedSeconds: OUTLIVED_SECONDS },
      databaseTime,
    ),
    proofs: createProofs(secrets, databaseTime),
    totp: createTotp(secrets, config.tokens.issuer, databaseTime),
    attempts: createAttempts(keyValue, config.limits, createLimitMetrics(metrics)),
    devices: createDevices(secrets),
    quotas: createQuotas(keyValue),
    outbox,
    background: createBackground(given.log),
    checkPassword: createCheckPassword(breached),
    breachWatch: createBreachWatch({ ...given, outbox }, breached),
    unknownNames: createUnknownNames(secrets),
    metrics: createSignInMetrics(metrics),
    settings: {
      roles: config.roles,
      reuseRevokes: config.sessions.reuseRevokes,
      sessionSeconds: config.sessions.lifetimeSeconds,
      factors: config.factors,
      relyingParty: config.passkeys.relyingParty,
      recovery: config.recovery,
      publicUrl: config.http.publicUrl,
      hasMailServer: config.mail.server !== null,
    },
  };
  return { services, keys, signingKeys };
}
