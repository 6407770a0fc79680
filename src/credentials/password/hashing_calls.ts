import type { ForkChannel } from '../../kernel/channel.ts';
import { Refusal } from '../../kernel/errors.ts';
import type { Hasher } from './hasher.ts';
import { OWN_TURN, type Turn } from './hashing_queue.ts';

/** The calls of a hasher at the other end of a channel. */
export interface HashingCalls extends Omit<Hasher, 'decoy'> {
  decoy(): Promise<string>;
  /** Rejects all pending calls with OVERLOADED, because the other end is gone. */
  lose(cause: Error): void;
}

type Method = keyof Hasher;

interface Call {
  readonly hashing: 'call';
  readonly id: number;
  readonly method: Method;
  readonly parameters: readonly string[];
  readonly flow: Turn['flow'];
}

/** The caller does not wait for the answer any more. */
interface Abandon {
  readonly hashing: 'abandon';
  readonly id: number;
}

/** The answer to a call: exactly one of `value`, `overloaded` and `fault` is set. */
interface HashingReply {
  readonly hashing: 'answer';
  readonly id: number;
  readonly value?: unknown;
  readonly overloaded?: { readonly retryAfter: number | undefined };
  readonly fault?: string;
}

type HashingMessage = Call | Abandon | HashingReply;

/**
 * Serves a hasher of this process to the other end: the hashing process does so for the server, and the first of
 * several processes for the others.
 */
export function serveHashing(channel: ForkChannel, hasher: Hasher | Promise<Hasher>): void {
  const underWay = new Map<number, AbortController>();
  // If the hasher could not be made, each caller receives the reason.
  Promise.resolve(hasher).catch(() => undefined);

  async function answer({ id, method, parameters, flow }: Call): Promise<void> {
    const gone = new AbortController();
    underWay.set(id, gone);
    const [first = '', second = ''] = parameters;
    const turn: Turn = { flow, signal: gone.signal };
    const outcome = await Promise.resolve(hasher)
      .then((it): unknown => {
        if (method === 'decoy') return it.decoy();
        if (method === 'status') return it.status();
        return method === 'hash' ? it.hash(first, turn) : it.verify(first, second, turn);
      })
      .then((value) => ({ value }), failure);
    underWay.delete(id);
    // If it cannot be sent, the other end is gone, and the caller with it.
    channel.send?.({ hashing: 'answer', id, ...outcome } satisfies HashingReply, () => undefined);
  }

  channel.on('message', (message) => {
    if (!isOurs(message)) return;
    if (message.hashing === 'call') void answer(message);
    if (message.hashing === 'abandon') underWay.get(message.id)?.abort();
  });
  channel.on('disconnect', () => underWay.forEach((gone) => gone.abort()));
}

/** Calls the hasher that {@link serveHashing} serves at the other end. */
export function callHashing(channel: ForkChannel): HashingCalls {
  interface PendingCall {
    resolve(value: unknown): void;
    reject(error: Error): void;
  }
  const waiting = new Map<number, PendingCall>();
  let lastId = 0;

  async function call<T>(method: Method, parameters: readonly string[], turn = OWN_TURN): Promise<T> {
    const { flow, signal } = turn;
    if (signal?.aborted) throw unreachable(new Error('the caller is gone'));
    const id = ++lastId;
    const send = (message: Call | Abandon, failed: (error: Error) => void) => {
      if (!channel.send) throw unreachable(new Error('there is no channel'));
      channel.send(message, (error) => error && failed(unreachable(error)));
    };
    const abandon = () => send({ hashing: 'abandon', id }, () => undefined);
    try {
      return await new Promise<T>((resolve, reject) => {
        waiting.set(id, { resolve: resolve, reject });
        signal?.addEventListener('abort', abandon);
        send({ hashing: 'call', id, method, parameters, flow }, reject);
      });
    } finally {
      waiting.delete(id);
      signal?.removeEventListener('abort', abandon);
    }
  }

  channel.on('message', (message) => {
    if (!isOurs(message) || message.hashing !== 'answer') return;
    const { id, value, overloaded, fault } = message;
    if (overloaded) {
      const { retryAfter } = overloaded;
      waiting.get(id)?.reject(new Refusal('OVERLOADED', retryAfter === undefined ? {} : { retryAfter }));
    } else if (fault !== undefined) waiting.get(id)?.reject(new TypeError(fault));
    else waiting.get(id)?.resolve(value);
  });

  return {
    hash: (password, turn) => call('hash', [password], turn),
    verify: (password, stored, turn) => call('verify', [password, stored], turn),
    decoy: () => call('decoy', []),
    status: () => call('status', []),
    lose: (cause) => waiting.forEach(({ reject }) => reject(unreachable(cause))),
  };
}

/** Returns a refusal with a retry: a hashing process is replaced within a moment. */
function unreachable(cause: Error): Refusal {
  return new Refusal('OVERLOADED', { retryAfter: 1, cause });
}

function failure(error: unknown): Pick<HashingReply, 'overloaded' | 'fault'> {
  // OVERLOADED is the only refusal of hashing.
  if (error instanceof Refusal && error.kind === 'OVERLOADED') return { overloaded: { retryAfter: error.retryAfter } };
  return { fault: error instanceof Error ? error.message : String(error) };
}

/** The channel also carries other messages, such as the cluster's. */
function isOurs(message: unknown): message is HashingMessage {
  return typeof message === 'object' && message !== null && 'hashing' in message;
}
