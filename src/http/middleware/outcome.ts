import type { ServerResponse } from 'node:http';

/** The result of a request, beyond its status: GraphQL over `application/json` is 200 whatever failed in it. */
export interface Outcome {
  /** The operation's name, as its client chose it; only of a valid document. */
  readonly operation: string | undefined;
  /** Codes of the errors in the answer, of the closed table or of the OAuth RFCs. */
  readonly codes: ReadonlySet<string>;
}

/** An answer that most requests get: nothing is kept for it. */
const UNEVENTFUL: Outcome = { operation: undefined, codes: new Set() };
const outcomes = new WeakMap<ServerResponse, { operation: string | undefined; readonly codes: Set<string> }>();

/** Returns what was noted of a request so far, for its line in the log and for the metrics. */
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
 * Notes the codes in an answer of the graph. An answer without errors is not parsed: errors come first in it. Neither is
 * one whose codes were noted when it was made, which may carry megabytes of data beside them.
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
