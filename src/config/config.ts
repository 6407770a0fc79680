import { BlockList, isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import type { z } from 'zod';
import { refuseCombinations } from './combinations.ts';
import { codeOf, type FaultCode, readText, type Report, withSecretFiles } from './settings.ts';
import { type TracingConfig, tracingOf } from './tracing_variables.ts';
import type { SubgraphOptions } from './subgraph_variables.ts';
import { publicUrlOf, Variables, type Variable } from './variables.ts';

/** The environment, validated and frozen. Rooms receive their slice of it, never `process.env`. */
export interface Config {
  /** `NODE_ENV`, default `development`. */
  readonly environment: 'production' | 'development' | 'test';
  /** Processes that share the port. */
  readonly workers: number;
  readonly http: {
    readonly host: string;
    readonly port: number;
    /** The address clients use, without a trailing slash: issuer default, own origin, `Secure` cookies. */
    readonly publicUrl: string;
    /** Exact origins, normalised as browsers send them. */
    readonly corsOrigins: readonly string[];
    /** Request headers that pages of these origins may send, beside those of every gateway. */
    readonly corsHeaders: readonly string[];
    /** CIDRs (or addresses) whose `X-Forwarded-*` are believed. */
    readonly trustProxy: readonly string[];
    /** `ROUTER_SECRET`: with it another router asks for entities; undefined: none may. */
    readonly routerSecret: string | undefined;
  };
  readonly store: {
    /** `postgresql://…`; undefined: PGlite in `dataDir`. */
    readonly databaseUrl: string | undefined;
    /** undefined: in-process. */
    readonly redisUrl: string | undefined;
    /** A folder, or `memory`. */
    readonly dataDir: string;
  };
  readonly secret: {
    /** `JWT_SECRET_KEY`; undefined: generated into `dataDir` at start (embedded only). */
    readonly key: string | undefined;
    readonly previous: string | undefined;
  };
  readonly tokens: {
    readonly algorithm: 'HS256' | 'RS256' | 'ES256' | 'EdDSA';
    readonly accessTokenSeconds: number;
    readonly issuer: string;
    readonly audience: string;
    /** 0: only by command. */
    readonly keyRotationDays: number;
  };
  readonly sessions: {
    readonly lifetimeSeconds: number;
    /** 0 turns the grace off. */
    readonly graceSeconds: number;
    /** 0 turns retries off. */
    readonly retrySeconds: number;
    /** Sessions that an account may have at once. */
    readonly perAccount: number;
    /** How long a session may stay unused. */
    readonly idleSeconds: number;
    readonly reuseRevokes: 'user' | 'family';
  };
  readonly hashing: {
    readonly memoryKib: number;
    readonly timeCost: number;
    readonly parallelism: number;
    /** Hashes that run at once, on all of this machine's processes together. */
    readonly atOnce: number;
    /** How many more may wait, and how long. */
    readonly queue: number;
    readonly deadlineSeconds: number;
  };
  readonly admin: { readonly username: string; readonly email: string; readonly password: string | undefined };
  readonly registrationOpen: boolean;
  readonly limits: { readonly perAccount: number; readonly perAddress: number; readonly windowSeconds: number };
  /** Role to scopes; `*` is every scope. */
  readonly roles: Readonly<Record<string, readonly string[]>>;
  readonly audit: { readonly retentionDays: number };
  readonly introspection: 'on' | 'off' | 'role';
  /** Null: not the gateway, but a subgraph behind another one, or nobody's. */
  readonly gateway: GatewayConfig | null;
  readonly log: { readonly level: string };
  /** Null: nobody asks for traces. */
  readonly tracing: TracingConfig | null;
}

export interface GatewayConfig {
  /** Other teams' subgraphs to compose, or a supergraph that somebody else composed. */
  readonly subgraphs: readonly { readonly name: string; readonly url: string }[] | null;
  readonly supergraphFile: string | null;
  readonly pollSeconds: number;
  readonly unauthorized: 'filter' | 'reject' | 'dry-run';
  readonly policiesFile: string | undefined;
  /** By subgraph; `*` for those that are not named. */
  readonly settings: Readonly<Record<string, SubgraphOptions>>;
}

/** One thing that is wrong with the environment. No values, because they may be secrets; a subgraph's name is none. */
export interface ConfigurationFault {
  /** The variable, or the file. */
  readonly name: string;
  readonly problem: string;
  /** Set where the variable is required and not given. */
  readonly code?: FaultCode | undefined;
}

/** The environment cannot be used: the message has one line per fault, beginning with its variable's name. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly faults: readonly ConfigurationFault[];

  constructor(faults: readonly ConfigurationFault[]) {
    super(faults.map(lineOf).join('\n'));
    this.faults = faults;
  }
}

/** Returns a fault as operators read it. */
export function lineOf({ name, problem }: ConfigurationFault): string {
  return `${name}: ${problem}`;
}

type Environment = Record<string, string | undefined>;
/**
 * `<directory>/.env`, if there is one, under the process's environment, which wins even with an empty value.
 * @throws {ConfigurationError} when the file is there and cannot be read
 */
export function loadEnvironment(directory: string, environment: NodeJS.ProcessEnv = process.env): Environment {
  try {
    return { ...parseEnv(readText(join(directory, '.env'))), ...environment };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { ...environment };
    throw new ConfigurationError([{ name: '.env', problem: `cannot be read (${codeOf(error)})` }]);
  }
}

/**
 * The environment as a deeply frozen {@link Config}. An empty value counts as unset.
 * @param readSecret the text at a `NAME_FILE` path
 * @throws {ConfigurationError} listing every fault at once
 */
export function readConfig(environment: Environment, readSecret: (path: string) => string = readText): Config {
  const faults = new Map<string, ConfigurationFault>();
  const report: Report = (name, problem, code) => {
    const fault = { name, problem, code };
    faults.set(lineOf(fault), fault);
  };

  const settings = withSecretFiles(environment, readSecret, report);
  const values = Variables.safeParse(settings);
  for (const { path, message } of values.error?.issues ?? []) report(path[0] as Variable, message);
  refuseCombinations(settings, report);

  if (!values.success || faults.size > 0) throw new ConfigurationError([...faults.values()]);
  return freeze({ ...toConfig(values.data), tracing: tracingOf(values.data, settings) });
}

/** What is allowed and still deserves a word at start. */
export function startupWarnings({ environment, http }: Config): string[] {
  if (!isLoopback(http.host) && http.trustProxy.length === 0) return [openToOthers(http.host)];
  return isPlain(http.publicUrl, environment) ? [plainWarning(http.publicUrl)] : [];
}

/** Whether clients use an address without TLS, over a network. In production a loopback address was forgotten to be set. */
function isPlain(publicUrl: string, environment: Config['environment']): boolean {
  const { protocol, hostname } = new URL(publicUrl);
  return protocol === 'http:' && (environment === 'production' || !isLoopback(hostname.replace(/^\[|\]$/g, '')));
}

function plainWarning(publicUrl: string): string {
  return (
    `PUBLIC_URL: ${publicUrl} is plain HTTP. Passwords, tokens and cookies are sent unencrypted, and cookies are not ` +
    'marked Secure. Anyone on the network path can read and use them. Terminate TLS at a proxy in front, and set ' +
    'PUBLIC_URL to its https:// address.'
  );
}

function openToOthers(host: string): string {
  return (
    `HOST: ${host} is reachable from other machines over plain HTTP and TRUST_PROXY is not set. ` +
    'Passwords and tokens are sent unencrypted unless a proxy terminates TLS in front. Unless TRUST_PROXY names that ' +
    'proxy, all clients behind it share one address and one login limit.'
  );
}

function toConfig(values: z.output<typeof Variables>): Omit<Config, 'tracing'> {
  const { HOST: host, PORT: port, NODE_ENV: environment } = values;
  const publicUrl = publicUrlOf(values);
  return {
    environment,
    workers: values.WORKERS,
    http: {
      host,
      port,
      publicUrl,
      corsOrigins: values.CORS_ORIGINS,
      corsHeaders: values.CORS_HEADERS,
      trustProxy: values.TRUST_PROXY,
      routerSecret: values.ROUTER_SECRET,
    },
    store: { databaseUrl: values.DATABASE_URL, redisUrl: values.REDIS_URL, dataDir: values.DATA_DIR },
    secret: { key: values.JWT_SECRET_KEY, previous: values.JWT_SECRET_KEY_PREVIOUS },
    tokens: {
      algorithm: values.ALGORITHM,
      accessTokenSeconds: values.ACCESS_TOKEN_EXPIRE_MINUTES * 60,
      issuer: values.JWT_ISSUER ?? publicUrl,
      audience: values.JWT_AUDIENCE,
      keyRotationDays: values.KEY_ROTATION_DAYS,
    },
    sessions: {
      lifetimeSeconds: values.REFRESH_TOKEN_EXPIRE_DAYS * 86_400,
      graceSeconds: values.REFRESH_GRACE_SECONDS,
      retrySeconds: values.REFRESH_RETRY_HOURS * 3600,
      perAccount: values.SESSIONS_PER_ACCOUNT,
      idleSeconds: (values.SESSION_IDLE_DAYS ?? values.REFRESH_TOKEN_EXPIRE_DAYS) * 86_400,
      reuseRevokes: values.REUSE_REVOKES,
    },
    hashing: {
      memoryKib: values.ARGON2_MEMORY_KIB,
      timeCost: values.ARGON2_TIME_COST,
      parallelism: values.ARGON2_PARALLELISM,
      atOnce: values.HASH_AT_ONCE ?? availableParallelism(),
      queue: values.HASH_QUEUE,
      deadlineSeconds: values.HASH_DEADLINE_SECONDS,
    },
    admin: { username: values.ADMIN_USERNAME, email: values.ADMIN_EMAIL, password: values.ADMIN_PASSWORD },
    registrationOpen: values.REGISTRATION === 'open',
    limits: {
      perAccount: values.LOGIN_LIMIT_PER_ACCOUNT,
      perAddress: values.LOGIN_LIMIT_PER_IP,
      windowSeconds: values.LOGIN_LIMIT_WINDOW_SECONDS,
    },
    // Without a prototype, `roles['constructor']` is no role.
    roles: Object.assign(Object.create(null) as object, values.ROLES),
    audit: { retentionDays: values.AUDIT_RETENTION_DAYS },
    introspection: values.INTROSPECTION ?? (environment === 'production' ? 'off' : 'on'),
    gateway: gatewayOf(values),
    log: { level: values.LOG_LEVEL },
  };
}

/**
 * OpenTelemetry's SDK knows no other place than the process's environment: what `.env` and mounted secrets say is put
 * there, in the process that traces.
 */
export function applyTracingSettings({ settings }: TracingConfig): void {
  Object.assign(process.env, settings);
}

function gatewayOf(values: z.output<typeof Variables>): GatewayConfig | null {
  const { SUBGRAPHS: subgraphs = null, SUPERGRAPH_FILE: supergraphFile = null } = values;
  if (!subgraphs && !supergraphFile) return null;
  return {
    subgraphs,
    supergraphFile,
    pollSeconds: values.SUPERGRAPH_POLL_SECONDS,
    unauthorized: values.UNAUTHORIZED,
    policiesFile: values.POLICIES_FILE,
    settings: values.SUBGRAPH_OPTIONS,
  };
}

function isLoopback(host: string): boolean {
  const loopback = new BlockList();
  loopback.addSubnet('127.0.0.0', 8);
  loopback.addAddress('::1', 'ipv6');
  const version = isIP(host);
  return version === 0 ? /(^|\.)localhost$/i.test(host) : loopback.check(host, version === 4 ? 'ipv4' : 'ipv6');
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(freeze);
  return Object.freeze(value);
}
