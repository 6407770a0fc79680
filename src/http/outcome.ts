import type { ServerResponse } from 'node:http';

/** What became of a request, beyond its status: GraphQL over `application/json` is 200 whatever failed in it. */
export interface Outcome {
  /** The operation's name, as its client chose it; only of a valid document. */
  operation?: string;
  /** Codes of the errors in the answer, of the closed table or of the OAuth RFCs. */
  readonly codes: Set<string>;
}

const outcomes = new WeakMap<ServerResponse, Outcome>();

/** Returns what was noted of a request so far, for its line in the log and for the metrics. */
export function outcomeOf(response: ServerResponse): Outcome {
  const known = outcomes.get(response);
  if (known) return known;
  const outcome: Outcome = { codes: new Set() };
  outcomes.set(response, outcome);
  return outcome;
}

/** Notes the code of an error that the answer carries. */
export function noteCode(response: ServerResponse, { code }: { readonly code: string }): void {
  outcomeOf(response).codes.add(code);
}

interface Answer {
  readonly errors: readonly { readonly extensions?: { readonly code?: unknown } }[];
}

/** Notes the codes in an answer of the graph. An answer without errors is not parsed: errors come first in it. */
export function noteErrors(response: ServerResponse, answer: string): void {
  if (!answer.startsWith('{"errors":')) return;
  for (const { extensions } of (JSON.parse(answer) as Answer).errors) {
    if (typeof extensions?.code === 'string') noteCode(response, { code: extensions.code });
  }
}
