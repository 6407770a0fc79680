import { cut } from '../../kernel/cut.ts';
import { MOST_ERRORS, MOST_LOGGED } from './most_errors.ts';

/** An error as a subgraph reports it: nothing of it is sure. */
export interface ReportedError {
  readonly message?: unknown;
  readonly path?: unknown;
  readonly extensions?: unknown;
}

/** The same, with nothing in it that is not of its form. */
export interface KnownError {
  readonly message: string;
  readonly path: readonly (string | number)[] | null;
  readonly code?: string;
}

/** Characters of a name in a path. */
const LONGEST = 200;
/** Steps of a path. No document nests so deep; lists in lists are steps too. */
const MOST_STEPS = 100;

/**
 * The first errors of a subgraph's answer. Where it has more, one without a path stands for the rest: it may be the
 * reason of every null in the answer.
 */
export function firstErrors(errors: readonly ReportedError[]): readonly KnownError[] {
  const first = errors.slice(0, MOST_ERRORS).map(known);
  return errors.length > MOST_ERRORS ? [...first, { ...first[0]!, path: null }] : first;
}

/** Returns what the log takes of them. It redacts what is called a code. */
export function loggedErrors(errors: readonly KnownError[], all: number) {
  const logged = errors
    .slice(0, MOST_LOGGED)
    .map(({ code, ...error }) => ({ ...error, ...(code === undefined ? {} : { reason: code }) }));
  return { errors: logged, ...(all > MOST_LOGGED ? { errorCount: all } : {}) };
}

function known({ message, path, extensions }: ReportedError): KnownError {
  const code: unknown = (extensions as { code?: unknown } | null | undefined)?.code;
  return {
    message: typeof message === 'string' ? cut(message) : 'No message',
    path: isPath(path) ? path : null,
    ...(typeof code === 'string' ? { code: cut(code) } : {}),
  };
}

function isPath(path: unknown): path is (string | number)[] {
  if (!Array.isArray(path) || path.length > MOST_STEPS) return false;
  return path.every((step) => (typeof step === 'string' ? step.length <= LONGEST : typeof step === 'number'));
}
