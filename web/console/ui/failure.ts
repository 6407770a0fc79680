import { FIELD_CODES, type KnownFieldFault, sentenceOf } from '../../../src/kernel/field_faults.ts';

/** The reason of a failure, as a page shows it. */
export interface Failure {
  /** A code of the closed table, or `UNREACHABLE` if there was no response. */
  readonly code: string;
  /** A sentence for users. */
  readonly message: string;
  /** Field name → what is wrong with it, where the server named fields. */
  readonly fields: Readonly<Record<string, string>>;
  /** Whole seconds until the next attempt. */
  readonly retryAfter: number | undefined;
}

/** The common fields of the client kit's AuthError and the extensions of a GraphQL error. */
interface Coded {
  readonly code?: unknown;
  readonly retryAfter?: unknown;
  readonly fields?: unknown;
}

/** Sentences for codes whose message in the table is too short for users. */
const SENTENCES: Readonly<Record<string, string>> = {
  UNREACHABLE: 'The server cannot be reached. Check your connection, then try again.',
  OVERLOADED: 'The server is busy. Try again in a moment.',
  SERVICE_UNAVAILABLE: 'A part of the server is unavailable. Try again in a moment.',
  RATE_LIMITED: 'Too many attempts.',
  REAUTHENTICATION_REQUIRED: 'Nothing was changed, because you did not confirm that it is you.',
  PASSKEY_FAILED: 'No passkey was used: the request was cancelled, took too long, or is not allowed at this address.',
  FORBIDDEN: 'Your role does not allow this.',
  INTERNAL_SERVER_ERROR: 'The server had an internal error. Try again. If it happens again, tell your administrator.',
};

/** Reads an error of a query, a mutation or the client kit. */
export function failureOf(error: unknown): Failure {
  const [cause, coded] = readError(error);
  const code = typeof coded.code === 'string' ? coded.code : 'UNREACHABLE';
  const faults = faultsOf(coded);
  return {
    code,
    message: SENTENCES[code] ?? sentence(faults.map(inWords).join('; ') || cause.message),
    fields: byField(faults),
    retryAfter: typeof coded.retryAfter === 'number' ? coded.retryAfter : undefined,
  };
}

function readError(error: unknown): [cause: { readonly message: string }, coded: Coded] {
  const cause = error instanceof Error ? error : new Error(String(error));
  if (!('graphQLErrors' in cause)) return [cause, cause as Coded];
  const { graphQLErrors, networkError } = cause as { graphQLErrors: readonly GraphQLFault[]; networkError?: Error };
  const [first] = graphQLErrors;
  if (first) return [first, first.extensions ?? {}];
  return networkError ? [networkError, networkError as Coded] : [cause, {}];
}

interface GraphQLFault {
  readonly message: string;
  readonly extensions?: Coded;
}

/** Faults with codes of the server's table; a code that this page does not know has no sentence. */
function faultsOf({ fields }: Coded): readonly KnownFieldFault[] {
  const isKnown = (fault: unknown): fault is KnownFieldFault =>
    FIELD_CODES.includes((Object(fault) as KnownFieldFault).code);
  return Array.isArray(fields) ? fields.filter(isKnown) : [];
}

function byField(faults: readonly KnownFieldFault[]): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const fault of faults) {
    const before = fields[fault.field];
    fields[fault.field] = before === undefined ? sentenceOf(fault) : `${before}; ${sentenceOf(fault)}`;
  }
  return fields;
}

const inWords = (fault: KnownFieldFault) => `${fault.field} ${sentenceOf(fault)}`;

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? '' : '.');
