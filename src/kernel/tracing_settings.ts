import { z } from 'zod';
import { oneOf, secret } from './variables.ts';

/**
 * The OpenTelemetry variables whose mistakes would go unnoticed: its SDK at most warns, and traces nothing.
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */

const someOf = (...choices: string[]) =>
  z
    .string()
    .refine(
      (list) => list.split(',').every((entry) => choices.includes(entry.trim())),
      `must be a comma-separated list of ${choices.join(', ')}`,
    );

const url = z
  .string()
  .refine(
    (text) => /^https?:\/\/[^\s@]+$/i.test(text) && URL.canParse(text),
    'must be an http or https URL without user',
  );

/** Pairs in the form of W3C Baggage. The values of headers are secrets, so that no message quotes them. */
const pairs = z
  .string()
  .refine(
    (list) => list.split(',').every((entry) => /^\s*[^\s=,;]+\s*=[^,;]*$/.test(entry)),
    'must be name=value,name=value, with values percent-encoded',
  );

const protocol = oneOf('grpc', 'http/protobuf', 'http/json');

export const tracingVariables = {
  OTEL_SDK_DISABLED: oneOf('true', 'false').optional(),
  OTEL_TRACES_EXPORTER: someOf('otlp', 'zipkin', 'console', 'none').optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: url.optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url.optional(),
  OTEL_EXPORTER_OTLP_PROTOCOL: protocol.optional(),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: protocol.optional(),
  OTEL_EXPORTER_OTLP_HEADERS: secret(pairs.optional()),
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: secret(pairs.optional()),
  OTEL_SERVICE_NAME: z.string().optional(),
  OTEL_RESOURCE_ATTRIBUTES: pairs.optional(),
  OTEL_TRACES_SAMPLER: oneOf(
    'always_on',
    'always_off',
    'traceidratio',
    'parentbased_always_on',
    'parentbased_always_off',
    'parentbased_traceidratio',
  ).optional(),
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .refine((text) => /^\d*\.?\d+$/.test(text) && Number(text) <= 1, 'must be a number from 0 to 1')
    .optional(),
  OTEL_PROPAGATORS: someOf('tracecontext', 'baggage', 'b3', 'b3multi', 'jaeger', 'none').optional(),
};

export interface TracingSettings {
  /** Every `OTEL_` variable that is set. */
  readonly settings: Readonly<Record<string, string>>;
  /** True if the variables choose the resource detectors. */
  readonly detectors: boolean;
}

type TracingVariables = { readonly [name in keyof typeof tracingVariables]?: string | undefined };

/**
 * Returns the settings of tracing; null if tracing is off.
 * @param settings the environment; the SDK reads many more variables than are checked here
 */
export function tracingSettings(
  values: TracingVariables,
  settings: Readonly<Record<string, string | undefined>>,
): TracingSettings | null {
  if (!wantsTraces(values)) return null;
  const given = Object.entries(settings).filter(([name]) => name.startsWith('OTEL_') && !name.endsWith('_FILE'));
  const named = { OTEL_SERVICE_NAME: 'gatehouse', ...(Object.fromEntries(given) as Record<string, string>) };
  return { settings: named, detectors: 'OTEL_NODE_RESOURCE_DETECTORS' in named };
}

/** Returns whether an exporter or an endpoint is set, and tracing is not turned off. */
function wantsTraces(values: TracingVariables): boolean {
  if (values.OTEL_SDK_DISABLED === 'true') return false;
  const exporters = values.OTEL_TRACES_EXPORTER;
  if (exporters !== undefined) return !exporters.split(',').some((name) => name.trim() === 'none');
  return (values.OTEL_EXPORTER_OTLP_ENDPOINT ?? values.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) !== undefined;
}
