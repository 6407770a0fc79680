/** The attributes of a step. They never contain a secret, a person's name, an address, or other input of a client. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** The span of a request, from its arrival to its response. */
export interface ServedSpan {
  readonly traceId: string;
  /** Runs `work` as a part of the request. */
  run<T>(work: () => T): T;
  end(attributes: Attributes & { readonly name: string; readonly failed: boolean }): void;
}

/**
 * Records the steps of a request and their durations (OpenTelemetry). The parts that record steps do not know whether
 * traces are enabled, or where they are sent: see `src/process/tracing.ts`.
 */
export interface Tracing {
  /**
   * Begins the span of a request; null if tracing is off.
   * @param headers may name the trace that the request belongs to (W3C Trace Context)
   */
  serve(headers: Readonly<Record<string, string | string[] | undefined>>, attributes: Attributes): ServedSpan | null;
  /** Runs one step. The step has failed if its promise rejects. */
  step<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T>;
  /** Runs one request to another service, as a step of the kind `client`. */
  clientStep<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T>;
  /** Adds attributes to the current step. */
  note(attributes: Attributes): void;
  /** Returns the headers that pass the trace on to another service. */
  headers(): Readonly<Record<string, string>>;
  /** Returns the id of the current trace. */
  traceId(): string | undefined;
  /** Sends the remaining spans, within a time limit. */
  close(): Promise<void>;
}

const NONE: Readonly<Record<string, string>> = {};

/** Tracing that is off: it records nothing and costs next to nothing. */
export const NO_TRACING: Tracing = {
  serve: () => null,
  step: (_name, _attributes, work) => work(),
  clientStep: (_name, _attributes, work) => work(),
  note: () => undefined,
  headers: () => NONE,
  traceId: () => undefined,
  close: async () => undefined,
};
