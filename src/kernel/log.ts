import { type DestinationStream, type Logger, pino } from 'pino';
import { cut } from './cut.ts';
import type { Refusal } from './errors.ts';
import { requestId } from './request_id.ts';
import { isSecretName } from './secret_names.ts';
import { openOutput } from './standard_output.ts';

export interface Log extends Logger {
  /** Redacts values of these names too, however they are spelt: those of secrets that do not say so themselves. */
  conceal(names: Iterable<string>): void;
}

/** Characters of an error's message: what others say goes into some. */
const LONGEST_LOGGED = 2_000;

/** Levels of a logged object: it may refer to itself. */
const DEEPEST = 8;

const SECRET = '[secret]';

/**
 * The process's log, one JSON object a line. Requests are logged by method, path, status, codes and operation; bodies,
 * headers, variables and query strings never are. The redaction is the second line of defence, for a line that is added
 * later: it goes by {@link isSecretName}, so that a name that was never listed is redacted too.
 * @param traceOf the trace of what is under way, where it is traced
 */
export function createLog(
  level: string,
  destination?: DestinationStream,
  traceOf: () => string | undefined = () => undefined,
): Log {
  const concealed = new Set<string>();
  const isSecret = (name: string) => isSecretName(name) || isOwnHeader(name) || concealed.has(letters(name));
  const options = {
    level,
    base: null,
    formatters: { log: (fields: Record<string, unknown>) => redactFields(fields, isSecret) },
    serializers: { err: describe },
    mixin: () => {
      const [id, traceId] = [requestId(), traceOf()];
      return {
        ...(id === undefined ? {} : { requestId: id }),
        ...(traceId === undefined ? {} : { trace_id: traceId }),
      };
    },
  };
  return Object.assign(pino(options, destination ?? standardOutput()), {
    conceal(names: Iterable<string>) {
      for (const name of names) concealed.add(letters(name));
    },
  });
}

/** The options of a child whose lines are fixed, so that looking for secrets in them would be wasted. */
export const UNREDACTED = { formatters: { log: (fields: object) => fields } };

/** `gatehouse-identity` and its like carry proofs. */
const isOwnHeader = (name: string) => /^gatehouse-/i.test(name);

/** A name without its spelling: `redirectUri` is `redirect_uri`. */
const letters = (name: string) => name.toLowerCase().replaceAll(/[^a-z\d]/g, '');

type IsSecret = (name: string) => boolean;

/** The fields of a line. `err` is left to {@link describe}, which chooses what it takes of an error. */
function redactFields(fields: Record<string, unknown>, isSecret: IsSecret): Record<string, unknown> {
  const { err, ...rest } = fields;
  const redacted = redact(rest, isSecret, 0) as Record<string, unknown>;
  return 'err' in fields ? { ...redacted, err } : redacted;
}

function redact(value: unknown, isSecret: IsSecret, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return describe(value);
  if (depth > DEEPEST) return '[deep]';
  if (Array.isArray(value)) return value.map((one) => redact(one, isSecret, depth + 1));
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === 'function') return redact(toJSON.call(value), isSecret, depth + 1);
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, isSecret(name) ? SECRET : redact(one, isSecret, depth + 1)]),
  );
}

function standardOutput(): DestinationStream {
  const output = openOutput(1);
  process.once('exit', () => {
    output.flushSync();
    // Node waits at its end for a write that nobody reads, and would wait for ever.
    if (output.isStuck()) process.kill(process.pid, 'SIGKILL');
  });
  return output;
}

/** Notes what a client is not told: the cause of a fault of ours, or of a store that is away. */
export function logFault(refusal: Refusal, log: Log): void {
  if (refusal.kind === 'INTERNAL') log.error({ err: refusal.cause }, 'internal server error');
  if (refusal.kind === 'SERVICE_UNAVAILABLE') log.warn({ err: refusal.cause }, 'a store is unavailable');
}

/** An error for the log: never a driver's message, which carries the statement and the values it was to write. */
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
