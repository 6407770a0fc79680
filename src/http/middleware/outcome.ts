import type { ServerResponse } from 'node:http';

/** The result of a request beyond its status. GraphQL over `application/json` has status 200 even with errors. */
export interface Outcome {
  /** The name of the operation, chosen by the client. Undefined without a valid document. */
  readonly operation: string | undefined;
  /** The error codes in the answer, from the closed table or from the OAuth RFCs. */
  readonly codes: ReadonlySet<string>;
}

/** The outcome of most requests, shared so that they store nothing. */
const UNEVENTFUL: Outcome = { operation: undefined, codes: new Set() };
const outcomes = new WeakMap<ServerResponse, { operation: string | undefined; readonly codes: Set<string> }>();

/** Returns the outcome of a request so far, for the log and the metrics. */
export function outcomeOf(response: ServerResponse): Outcome {
  return outcomes.get(response) ?? UNEVENTFUL;
}

/** Notes the name of the operation that a request asks for. */
export function noteOperation(response: ServerResponse, name: string): void {
  writable(response).operation = name;
}

/** Notes the code of an error that the answer carries. */
export function noteCode(response: ServerResponse, { code }: { readonly code: string }): void {
  writable(response).codes.add(code);
}

interface ErrorsBody {
  readonly errors: readonly { readonly extensions?: { readonly code?: unknown } }[];
}

/**
 * Notes the codes in an answer of the graph. Errors come first in an answer, so an answer without errors is not parsed.
 * An answer whose codes are already noted is not parsed either, because it may contain megabytes of data.
 */
export function noteErrors(response: ServerResponse, answer: string): void {
  if (!answer.startsWith('{"errors":') || outcomeOf(response).codes.size > 0) return;
  for (const { extensions } of (JSON.parse(answer) as ErrorsBody).errors) {
    if (typeof extensions?.code === 'string') noteCode(response, { code: extensions.code });
  }
}

function writable(response: ServerResponse) {
  const known = outcomes.get(response);
  if (known) return known;
  const outcome = { operation: undefined, codes: new Set<string>() };
  outcomes.set(response, outcome);
  return outcome;
}
