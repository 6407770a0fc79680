import { userInfo } from 'node:os';
import type { Invocation, OperatorActor } from '../kernel/actor.ts';

/** Returns the invocation of a command, by the operating system's user at this machine. */
export function operator(): Invocation<OperatorActor> {
  return {
    actor: { kind: 'operator', name: nameOfOperator() },
    request: { address: 'localhost', userAgent: null, requestId: 'cli' },
  };
}

/** Containers may run as a user id without a name. */
function nameOfOperator(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.()}`;
  }
}
