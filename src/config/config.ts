import { BlockList, isIP } from 'node:net';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { type ApplicationSettings, applicationSettings } from '../application/settings.ts';
import { type AuditSettings, auditSettings } from '../audit/settings.ts';
import type { BreachSources } from '../credentials/password/breached/breached_passwords.ts';
import { breachSettings, hashingSettings } from '../credentials/password/settings.ts';
import type { HashingOptions } from '../credentials/password/hashing_pool.ts';
import { type PasskeySettings, passkeySettings } from '../credentials/webauthn/settings.ts';
import { type GatewaySettings, gatewaySettings } from '../gateway/settings.ts';
import { type Introspection, introspectionSetting } from '../graphql/settings.ts';
import { type HttpSettings, httpSettings } from '../http/settings.ts';
import { type ProcessSettings, processSettings } from '../kernel/settings.ts';
import { type TracingSettings, tracingSettings } from '../kernel/tracing_settings.ts';
import type { ReportFault } from '../kernel/variables.ts';
import { type KeySettings, keySettings, type SecretSettings, secretSettings } from '../keys/settings.ts';
import { limitSettings } from '../limits/settings.ts';
import type { AttemptLimits } from '../limits/subjects.ts';
import { type MailSettings, mailSettings } from '../mail/settings.ts';
import { type SessionSettings, sessionSettings } from '../sessions/settings.ts';
import { type StoreSettings, storeSettings } from '../store/settings.ts';
import { type TokenSettings, tokenSettings } from '../tokens/settings.ts';
import { refuseCombinations } from './combinations.ts';
import { codeOf, readText, withSecretFiles, type EnvironmentVariables } from './secret_files.ts';
import { type AllReadValues, type AllValues, type Variable, Variables } from './variables.ts';

/** The validated, frozen configuration. Each room receives its part as an argument, never `process.env`. */
export interface Config extends ProcessSettings, ApplicationSettings {
  readonly http: HttpSettings;
  readonly store: StoreSettings;
  readonly secret: SecretSettings;
  readonly tokens: TokenSettings & KeySettings;
  readonly sessions: SessionSettings;
  readonly hashing: HashingOptions;
  readonly passkeys: PasskeySettings;
  /** Null if new passwords are not compared with those of breaches. */
  readonly breachedPasswords: BreachSources | null;
  readonly limits: AttemptLimits;
  readonly audit: AuditSettings;
  readonly mail: MailSettings;
  readonly introspection: Introspection;
  /** Null if the server has no subgraphs. It may still be a subgraph of another gateway. */
  readonly gateway: GatewaySettings | null;
  /** Null if traces are off. */
  readonly tracing: TracingSettings | null;
}

/**
 * One fault of the environment. It never contains a value, which may be a secret; the name of a subgraph is allowed.
 */
export interface ConfigurationFault {
  /** The name of the variable or the file. */
  readonly name: string;
  readonly problem: string;
  /** Set if a required variable is missing. */
  readonly code?: 'MISSING' | undefined;
}

/** Thrown if the environment has faults. Its message has one line a fault, which begins with the variable's name. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly faults: readonly ConfigurationFault[];

  constructor(faults: readonly ConfigurationFault[]) {
    super(faults.map(lineOf).join('\n'));
    this.faults = faults;
  }
}

/** Returns the line of a fault. */
export function lineOf({ name, problem }: ConfigurationFault): string {
  return `${name}: ${problem}`;
}

type Environment = EnvironmentVariables;

/**
 * Returns the variables of `<directory>/.env`, if it exists, and of the process's environment, which wins even with an
 * empty value.
 * @throws {ConfigurationError} if the file exists and cannot be read
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
 * Returns the environment as a deeply frozen {@link Config}. An empty value counts as unset.
 * @param readSecret reads the text at a `NAME_FILE` path
 * @throws {ConfigurationError} with all faults
 */
export function readConfig(environment: Environment, readSecret: (path: string) => string = readText): Config {
  const faults = new Map<string, ConfigurationFault>();
  const report: ReportFault = (name, problem, code) => {
    const fault = { name, problem, code };
    faults.set(lineOf(fault), fault);
  };

  const settings = withSecretFiles(environment, readSecret, report);
  const values = readVariables(settings, report);
  refuseCombinations(settings, values, report);

  if (faults.size > 0) throw new ConfigurationError([...faults.values()]);
  // Complete, because every variable without a value was reported.
  return freeze(toConfig(values as AllValues, settings));
}

/** Parses each variable once, so that one fault does not hide another. */
function readVariables(settings: EnvironmentVariables, report: ReportFault): AllReadValues {
  const values: Partial<Record<Variable, unknown>> = {};
  for (const name of Object.keys(Variables.shape) as Variable[]) {
    const { data, error } = Variables.shape[name].safeParse(settings[name]);
    if (error) for (const { message } of error.issues) report(name, message);
    else values[name] = data;
  }
  return values as AllReadValues;
}

/** Returns warnings about settings that are allowed but risky. */
export function startupWarnings({ environment, http, passkeys }: Config): string[] {
  if (!isLoopback(http.host) && http.trustProxy.length === 0) return [openToOthers(http.host)];
  if (isPlain(http.publicUrl, environment)) return [plainWarning(http.publicUrl)];
  const host = new URL(http.publicUrl).hostname.replace(/^\[|\]$/g, '');
  return passkeys.on && !passkeys.relyingParty && isIP(host) !== 0 && !isLoopback(host) ? [addressWarning(host)] : [];
}

/**
 * Returns whether clients reach the server without TLS over a network. In production, a loopback URL means that
 * PUBLIC_URL was not set.
 */
function isPlain(publicUrl: string, environment: Config['environment']): boolean {
  const { protocol, hostname } = new URL(publicUrl);
  return protocol === 'http:' && (environment === 'production' || !isLoopback(hostname.replace(/^\[|\]$/g, '')));
}

function plainWarning(publicUrl: string): string {
  return (
    `PUBLIC_URL: ${publicUrl} is plain HTTP. Passwords, tokens and cookies are sent unencrypted, and cookies are not ` +
    'marked Secure. Anyone on the network path can read and use them. Browsers offer no passkeys. Terminate TLS at a proxy in front, and set ' +
    'PUBLIC_URL to its https:// address.'
  );
}

function addressWarning(host: string): string {
  return (
    `PASSKEYS: browsers have no passkeys for the IP address ${host} of PUBLIC_URL, so they are off. Set PUBLIC_URL to a ` +
    'host name, or PASSKEYS=off.'
  );
}

function openToOthers(host: string): string {
  return (
    `HOST: ${host} is reachable from other machines over plain HTTP and TRUST_PROXY is not set. ` +
    'Passwords and tokens are sent unencrypted unless a proxy terminates TLS in front. Unless TRUST_PROXY names that ' +
    'proxy, all clients behind it share one address and one login limit.'
  );
}

function toConfig(values: AllValues, settings: EnvironmentVariables): Config {
  const http = httpSettings(values);
  const general = processSettings(values);
  return {
    ...general,
    ...applicationSettings(values),
    http,
    store: storeSettings(values),
    secret: secretSettings(values),
    tokens: { ...tokenSettings(values, http.publicUrl), ...keySettings(values) },
    sessions: sessionSettings(values),
    hashing: hashingSettings(values),
    passkeys: passkeySettings(values, http),
    breachedPasswords: breachSettings(values),
    limits: limitSettings(values),
    audit: auditSettings(values),
    mail: mailSettings(values, http.publicUrl),
    introspection: introspectionSetting(values, general.environment === 'production'),
    gateway: gatewaySettings(values),
    tracing: tracingSettings(values, settings),
  };
}

/**
 * Copies the tracing variables into the environment of this process, because OpenTelemetry's SDK reads only that.
 * `.env` and mounted secrets are otherwise not in it.
 */
export function applyTracingSettings({ settings }: TracingSettings): void {
  Object.assign(process.env, settings);
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
