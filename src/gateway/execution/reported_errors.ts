import { cut } from '../../kernel/cut.ts';
import { MOST_ERRORS, MOST_LOGGED } from './most_errors.ts';

/** An error as a subgraph reports it, unchecked. */
export interface ReportedError {
  readonly message?: unknown;
  readonly path?: unknown;
  readonly extensions?: unknown;
}

/** A checked error with only the known properties. */
export interface KnownError {
  readonly message: string;
  readonly path: readonly (string | number)[] | null;
  readonly code?: string;
}

/** The longest name in a path, in characters. */
const LONGEST = 200;
/** The most steps in a path. No document is nested as deeply; indexes of nested lists are steps too. */
const MOST_STEPS = 100;

/**
 * Returns the first errors of a subgraph's response. One error without a path replaces the rest, because the rest may
 * explain any null of the response.
 */
export function firstErrors(errors: readonly ReportedError[]): readonly KnownError[] {
  const first = errors.slice(0, MOST_ERRORS).map(known);
  return errors.length > MOST_ERRORS ? [...first, { ...first[0]!, path: null }] : first;
}

/** Returns the logged form of errors. The log redacts properties named `code`. */
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
