import { type DestinationStream, type Logger, pino } from 'pino';
import { cut } from './cut.ts';
import type { Refusal } from './errors.ts';
import { requestId } from './request_id.ts';
import { openOutput } from './standard_output.ts';

export type Log = Logger;

/** Characters of an error's message: what others say goes into some. */
const LONGEST_LOGGED = 2_000;

/** Names under which a secret could travel, wherever in a logged object they stand: two levels are enough for ours. */
const SECRETS = [
  'password',
  'currentPassword',
  'newPassword',
  'accessToken',
  'refreshToken',
  'access_token',
  'refresh_token',
  'token',
  'authorization',
  'Authorization',
  'gatehouse-identity',
  'gatehouse-router',
  'Gatehouse-Router',
  'routerSecret',
  'cookie',
  'set-cookie',
  'secret',
  'client_secret',
  'code_verifier',
  'csrf',
  'device',
  'deviceToken',
];

/**
 * The process's log, one JSON object a line. Requests are logged by method, path, status, codes and operation; bodies,
 * headers, variables and query strings never are. The redaction is the second line of defence, for the line somebody adds
 * later.
 * @param traceOf the trace of what is under way, where it is traced
 */
export function createLog(
  level: string,
  destination?: DestinationStream,
  traceOf: () => string | undefined = () => undefined,
): Log {
  const options = {
    level,
    base: null,
    redact: { paths: SECRETS.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]), censor: '[secret]' },
    serializers: { err: describe },
    mixin: () => {
      const [id, traceId] = [requestId(), traceOf()];
      return {
        ...(id === undefined ? {} : { requestId: id }),
        ...(traceId === undefined ? {} : { trace_id: traceId }),
      };
    },
  };
  return pino(options, destination ?? standardOutput());
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
