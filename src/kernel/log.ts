import { type DestinationStream, type Logger, pino } from 'pino';
import { cut } from './cut.ts';
import type { Refusal } from './errors.ts';
import { requestId } from './request_id.ts';
import { isSecretName } from './secret_names.ts';
import { openOutput } from './standard_output.ts';

export interface Log extends Logger {
  /**
   * Redacts the values of these names as well, in any spelling: names of secrets that {@link isSecretName} cannot
   * detect.
   */
  conceal(names: Iterable<string>): void;
}

/** Characters of a logged error message. Some messages contain text from other parties. */
const LONGEST_LOGGED = 2_000;

/** Levels of a logged object that are written. An object may contain itself. */
const DEEPEST = 8;
/** Values of a line that are written. Threat: a socket, logged by mistake, reaches millions of values within 8 levels. */
const MOST_VALUES = 1_000;

const SECRET = '[secret]';

/**
 * Creates the log of the process, one JSON object a line. Requests are logged by method, path, status, codes and
 * operation, never with bodies, headers, variables or query strings. The redaction is a second line of defence for log
 * lines that are added later: it goes by {@link isSecretName}, so that unlisted names are redacted too.
 * @param traceOf returns the trace id of the current work, or undefined if it is not traced
 */
export function createLog(
  level: string,
  destination?: DestinationStream,
  traceOf: () => string | undefined = () => undefined,
): Log {
  const concealed = new Set<string>();
  const isSecret = (name: string) => isSecretName(name) || isOwnHeader(name) || concealed.has(letters(name));
  const redactLine = (fields: Record<string, unknown>) => redactFields(fields, isSecret);
  const options = {
    level,
    base: null,
    formatters: { log: redactLine },
    serializers: { err: describe },
    mixin: () => {
      const [id, traceId] = [requestId(), traceOf()];
      return {
        ...(id === undefined ? {} : { requestId: id }),
        ...(traceId === undefined ? {} : { trace_id: traceId }),
      };
    },
  };
  const logger = pino(options, destination ?? standardOutput());
  const { child } = logger;
  return Object.assign(logger, {
    // Pino formats the fields of a line, but not the fixed fields of a child.
    child: function (this: Logger, bindings, childOptions) {
      return child.call(this, redactLine(bindings), childOptions);
    } as Logger['child'],
    conceal(names: Iterable<string>) {
      for (const name of names) concealed.add(letters(name));
    },
  });
}

/** Options of a child logger with fixed fields, for which a search for secrets would be wasted time. */
export const UNREDACTED = { formatters: { log: (fields: object) => fields } };

/** Headers such as `gatehouse-identity` carry proofs. */
const isOwnHeader = (name: string) => /^gatehouse-/i.test(name);

/** Reduces a name to its letters and digits, so that `redirectUri` equals `redirect_uri`. */
const letters = (name: string) => name.toLowerCase().replaceAll(/[^a-z\d]/g, '');

type IsSecret = (name: string) => boolean;

/**
 * Returns the fields of a line, redacted. `err` is left to {@link describe}, which selects the parts of an error to
 * log.
 */
function redactFields(fields: Record<string, unknown>, isSecret: IsSecret): Record<string, unknown> {
  const { err, ...rest } = fields;
  const redacted = redact(rest, { isSecret, left: MOST_VALUES }, 0) as Record<string, unknown>;
  return 'err' in fields ? { ...redacted, err } : redacted;
}

/** The redaction of one line. */
interface Redaction {
  readonly isSecret: IsSecret;
  /** The number of values that may still be written. */
  left: number;
}

function redact(value: unknown, line: Redaction, depth: number): unknown {
  if ((line.left -= 1) < 0) return '[cut]';
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return describe(value);
  if (depth > DEEPEST) return '[deep]';
  if (Array.isArray(value)) return value.slice(0, line.left).map((one) => redact(one, line, depth + 1));
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === 'function') return redact(toJSON.call(value), line, depth + 1);
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, line.left)
      .map(([name, one]) => [name, line.isSecret(name) ? SECRET : redact(one, line, depth + 1)]),
  );
}

function standardOutput(): DestinationStream {
  const output = openOutput(1);
  process.once('exit', () => {
    output.flushSync();
    // At its exit, Node waits for pending writes; without a reader it would wait for ever.
    if (output.isStuck()) process.kill(process.pid, 'SIGKILL');
  });
  return output;
}

/** Logs the causes that a client must not see: of an internal error, or of a store that is unavailable. */
export function logFault(refusal: Refusal, log: Log): void {
  if (refusal.kind === 'INTERNAL') log.error({ err: refusal.cause }, 'internal server error');
  if (refusal.kind === 'SERVICE_UNAVAILABLE') log.warn({ err: refusal.cause }, 'a store is unavailable');
}

/**
 * Returns an error for the log, without a database driver's message. Threat: such a message contains the statement and
 * the values it was to write.
 */
function describe(error: unknown): unknown {
  if (!(error instanceof Error)) return { type: typeof error };
  const { name, code, constraint, sqlMessage } = error as Error & Record<string, unknown>;
  const fromDriver = sqlMessage !== undefined || constraint !== undefined || name.endsWith('Exception');
  return {
    type: name,
    ...(code === undefined ? {} : { code }),
    ...(constraint === undefined ? {} : { constraint }),
    ...(fromDriver ? {} : { message: cut(error.message, LONGEST_LOGGED) }),
    stack: error.stack?.split('\n').filter((line) => line.startsWith('    at ')),
    ...(error.cause === undefined ? {} : { cause: describe(error.cause) }),
  };
}
