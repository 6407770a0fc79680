import {
  type Config,
  ConfigurationError,
  type ConfigurationFault,
  lineOf,
  loadEnvironment,
  readConfig,
  startupWarnings,
} from '../../config/config.ts';
import { misspeltWarnings } from '../../config/misspelt.ts';
import { random } from '../../kernel/secret.ts';
import type { Finding } from './finding.ts';

export interface Diagnosed {
  readonly environment: ReturnType<typeof loadEnvironment>;
  /** The configuration without invalid values; null if no other check can run with it. */
  readonly config: Config | null;
  /** The variables that are invalid or missing. */
  readonly unusable: ReadonlySet<string>;
  readonly findings: readonly Finding[];
}

/** Finds every fault of the environment. The other checks use the configuration without the faulty variables. */
export function diagnoseConfiguration(directory: string): Diagnosed {
  const check = 'configuration';
  let environment: Diagnosed['environment'] = {};
  try {
    environment = loadEnvironment(directory);
    const config = readConfig(environment);
    return { environment, config, unusable: new Set(), findings: checkConfiguration(config, environment) };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const unusable = new Set(error.faults.map(({ name }) => name));
    const findings = error.faults.map((fault): Finding => ({
      check,
      state: 'fail',
      says: lineOf(fault),
      todo: todoFor(fault),
    }));
    // A missing variable may exist under a misspelt name.
    const warnings = misspeltWarnings(environment).map((says): Finding => ({ check, state: 'warn', says }));
    const usable = without(environment, unusable);
    return { environment, config: usable, unusable, findings: [...findings, ...warnings] };
  }
}

function todoFor({ name, code }: ConfigurationFault): string {
  return name === 'JWT_SECRET_KEY' && code === 'MISSING'
    ? 'Create one with "openssl rand -hex 32", once: every replica needs the same, and a new one invalidates access tokens.'
    : 'Correct it, or the server does not start: .env.example explains every variable.';
}

function checkConfiguration(config: Config, environment: Diagnosed['environment']): Finding[] {
  const check = 'configuration';
  const warnings = [...startupWarnings(config), ...misspeltWarnings(environment)].map((says): Finding => ({
    check,
    state: 'warn',
    says,
  }));
  if (config.environment !== 'production') {
    warnings.push({
      check,
      state: 'note',
      says: `NODE_ENV is ${config.environment}: production has more requirements`,
    });
  }
  return [{ check, state: 'ok', says: 'every variable is valid' }, ...warnings];
}

/** Returns the configuration without invalid variables; checks that need one of them are skipped. */
function without(environment: Diagnosed['environment'], unusable: ReadonlySet<string>): Config | null {
  const usable = Object.entries(environment).filter(([name]) => !unusable.has(name) && name !== 'WORKERS');
  try {
    return readConfig({
      ...Object.fromEntries(usable),
      ALLOW_EMBEDDED: 'true',
      ...(unusable.has('JWT_SECRET_KEY') || unusable.has('JWT_SECRET_KEY_FILE')
        ? { JWT_SECRET_KEY: random(32).toString('hex') }
        : {}),
    });
  } catch {
    return null;
  }
}
