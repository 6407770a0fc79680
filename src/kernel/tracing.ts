/** What is told of a step. Never a secret, a name of a person, an address, or whatever else a client typed. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** A request that is traced from its arrival to its answer. */
export interface ServedSpan {
  readonly traceId: string;
  /** Runs what is done for the request as a part of it. */
  run<T>(work: () => T): T;
  end(attributes: Attributes & { readonly name: string; readonly failed: boolean }): void;
}

/**
 * Which steps a request took, and how long each (OpenTelemetry). A part that takes one is handed this, and knows neither
 * whether anybody looks nor where they are told: see `src/process/tracing.ts`.
 */
export interface Tracing {
  /**
   * A request arrives; null where nobody looks.
   * @param headers in which its sender may say which trace it belongs to (W3C Trace Context)
   */
  serve(headers: Readonly<Record<string, string | string[] | undefined>>, attributes: Attributes): ServedSpan | null;
  /** Runs one step. One that rejects has failed. */
  step<T>(name: string, attributes: Attributes, work: () => Promise<T>, kind?: 'internal' | 'client'): Promise<T>;
  /** More of the step that is under way. */
  note(attributes: Attributes): void;
  /** The headers in which whoever is asked next is told of the trace. */
  headers(): Readonly<Record<string, string>>;
  /** The trace of what is under way. */
  traceId(): string | undefined;
  /** Sends what is still here, for as long as that is bearable. */
  close(): Promise<void>;
}

const NONE: Readonly<Record<string, string>> = {};

/** Nobody looks: nothing is noted, and next to nothing is spent. */
export const NO_TRACING: Tracing = {
  serve: () => null,
  step: (_name, _attributes, work) => work(),
  note: () => undefined,
  headers: () => NONE,
  traceId: () => undefined,
  close: async () => undefined,
};
