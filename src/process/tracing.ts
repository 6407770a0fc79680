import type { Span, SpanKind as Kind } from '@opentelemetry/api';
import { applyTracingSettings } from '../config/config.ts';
import type { TracingSettings } from '../kernel/tracing_settings.ts';
import type { Log } from '../kernel/log.ts';
import { NO_TRACING, type Tracing } from '../kernel/tracing.ts';
import { withTimeout } from '../kernel/timeouts.ts';

/** The most milliseconds of the last flush: an unreachable collector must not delay a stop. */
const FLUSH_MS = 2_000;

/**
 * Opens tracing by OpenTelemetry's environment variables; without them, nothing is loaded. An unreachable collector
 * delays no request: spans are sent in the background, and surplus spans are dropped.
 * @param log receives the errors of sending
 */
export async function openTracing(config: TracingSettings | null, log: Log): Promise<Tracing> {
  if (!config) return NO_TRACING;
  applyTracingSettings(config);
  // The SDK reads the environment itself. It sends no metrics or logs, which are exposed in other ways.
  const { NodeSDK, api, resources } = await import('@opentelemetry/sdk-node');
  const { context, diag, DiagLogLevel, propagation, SpanKind, SpanStatusCode, trace } = api;
  diag.setLogger(diagnostics(log), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  const sdk = new NodeSDK({
    metricReaders: [],
    logRecordProcessors: [],
    // Without the detectors of command line and user, unless they are requested: both describe a person.
    ...(config.detectors ? {} : { resourceDetectors: [resources.envDetector, resources.hostDetector] }),
  });
  sdk.start();
  const tracer = trace.getTracer('gatehouse');

  function finish(span: Span, failed: boolean): void {
    // Without the error itself, whose message may contain a client's input.
    if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  }

  const stepOf =
    (kind: Kind): Tracing['step'] =>
    (name, attributes, work) => {
      const options = { kind, attributes: { ...attributes } };
      return tracer.startActiveSpan(name, options, async (span) => {
        let failed = true;
        try {
          const result = await work();
          failed = false;
          return result;
        } finally {
          finish(span, failed);
        }
      });
    };

  return {
    serve(headers, attributes) {
      // Threat: without this, subgraphs would receive a client's baggage, such as a tenant or a user, next to a signed
      // identity.
      const parent = propagation.deleteBaggage(propagation.extract(context.active(), headers));
      const span = tracer.startSpan('request', { kind: SpanKind.SERVER, attributes: { ...attributes } }, parent);
      const under = trace.setSpan(parent, span);
      return {
        traceId: span.spanContext().traceId,
        run: (work) => context.with(under, work),
        end({ name, failed, ...more }) {
          span.updateName(name);
          span.setAttributes(more);
          finish(span, failed);
        },
      };
    },
    step: stepOf(SpanKind.INTERNAL),
    clientStep: stepOf(SpanKind.CLIENT),
    note: (attributes) => void trace.getActiveSpan()?.setAttributes({ ...attributes }),
    headers() {
      const headers: Record<string, string> = {};
      propagation.inject(context.active(), headers);
      return headers;
    },
    traceId: () => trace.getActiveSpan()?.spanContext().traceId,
    async close() {
      await withTimeout(FLUSH_MS, sdk.shutdown()).catch((error: unknown) =>
        log.warn({ err: error }, 'the last traces could not be sent'),
      );
    },
  };
}

/** Logs the SDK's messages. A repeated message is logged once, not with every batch that a collector refuses. */
function diagnostics(log: Log) {
  let told: string | undefined;
  const tell = (message: string) => {
    if (message !== told) log.warn({ detail: message.slice(0, 500) }, 'tracing');
    told = message;
  };
  const silent = () => undefined;
  return { error: tell, warn: tell, info: silent, debug: silent, verbose: silent };
}
