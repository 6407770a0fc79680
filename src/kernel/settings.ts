import { availableParallelism } from 'node:os';
import { oneOf, parsed, type Values } from './variables.ts';

/** The variables of the process. */
export const processVariables = {
  NODE_ENV: oneOf('development', 'production', 'test').default('development'),
  WORKERS: parsed(
    (text) => (text === 'auto' ? availableParallelism() : /^[1-9]\d{0,2}$/.test(text) ? Number(text) : undefined),
    'must be auto, or a whole number from 1 to 999',
  ).default(1),
  LOG_LEVEL: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent').default('info'),
};

export interface ProcessSettings {
  readonly environment: 'production' | 'development' | 'test';
  /** Processes that share the port. */
  readonly workers: number;
  readonly log: { readonly level: string };
}

export function processSettings(values: Values<typeof processVariables>): ProcessSettings {
  return { environment: values.NODE_ENV, workers: values.WORKERS, log: { level: values.LOG_LEVEL } };
}
