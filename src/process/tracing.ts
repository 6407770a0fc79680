import type { Span } from '@opentelemetry/api';
import { applyTracingSettings } from '../config/config.ts';
import type { TracingSettings } from '../kernel/tracing_settings.ts';
import type { Log } from '../kernel/log.ts';
import { NO_TRACING, type Tracing } from '../kernel/tracing.ts';
import { within } from '../kernel/within.ts';

/** A collector that is away must not hold up a stop. */
const FLUSH_MS = 2_000;

/**
 * Traces by OpenTelemetry's own environment variables, where they ask for any; otherwise nothing of it is loaded. A
 * collector that is away delays nobody: spans are sent in the background, and those that are too many are dropped.
 * @param log where what goes wrong with sending is told
 */
export async function openTracing(config: TracingSettings | null, log: Log): Promise<Tracing> {
  if (!config) return NO_TRACING;
  applyTracingSettings(config);
  // It reads the environment by itself, and sends no metrics or logs: those have ways of their own.
  const { NodeSDK, api, resources } = await import('@opentelemetry/sdk-node');
  const { context, diag, DiagLogLevel, propagation, SpanKind, SpanStatusCode, trace } = api;
  diag.setLogger(diagnostics(log), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  const sdk = new NodeSDK({
    metricReaders: [],
    logRecordProcessors: [],
    // Not what a command line or the system's user says of whoever runs it, unless it is asked for.
    ...(config.detectors ? {} : { resourceDetectors: [resources.envDetector, resources.hostDetector] }),
  });
  sdk.start();
  const tracer = trace.getTracer('gatehouse');

  function finish(span: Span, failed: boolean): void {
    // Not the error itself: what it says may be what a client typed.
    if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  }

  return {
    serve(headers, attributes) {
      // Without baggage: subgraphs would get what a stranger says of a tenant or a user, beside an identity that is signed.
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
    step(name, attributes, work, kind = 'internal') {
      const options = { kind: kind === 'client' ? SpanKind.CLIENT : SpanKind.INTERNAL, attributes: { ...attributes } };
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
    },
    note: (attributes) => void trace.getActiveSpan()?.setAttributes({ ...attributes }),
    headers() {
      const headers: Record<string, string> = {};
      propagation.inject(context.active(), headers);
      return headers;
    },
    traceId: () => trace.getActiveSpan()?.spanContext().traceId,
    async close() {
      await within(FLUSH_MS, sdk.shutdown()).catch((error: unknown) =>
        log.warn({ err: error }, 'the last traces could not be sent'),
      );
    },
  };
}

/** What the SDK says, once, and not with every batch that a collector does not take. */
function diagnostics(log: Log) {
  let told: string | undefined;
  const tell = (message: string) => {
    if (message !== told) log.warn({ detail: message.slice(0, 500) }, 'tracing');
    told = message;
  };
  const silent = () => undefined;
  return { error: tell, warn: tell, info: silent, debug: silent, verbose: silent };
}
