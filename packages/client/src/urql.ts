import { type Exchange, makeErrorResult, makeOperation, type Operation, type OperationResult } from '@urql/core';
import { filter, fromPromise, makeSubject, map, merge, mergeMap, pipe, share, takeUntil } from 'wonka';
import { operationOf } from './asked_operation.ts';
import type { AuthClient } from './auth_client.ts';
import { mayRepeat, refusesToken, stepUpOf } from './may_repeat.ts';
import { noteDisabled } from './note_disabled.ts';

/** The state of an operation for the gateway: its token, and whether it is the second attempt. */
interface ShownToken {
  /** The original operation, without the token. */
  readonly operation: Operation;
  readonly token: string | undefined;
  readonly isLast: boolean;
  /** False once the user was asked to confirm who they are. */
  readonly mayConfirm: boolean;
}

/** An operation to send again, and the token that was refused. */
interface Again extends Pick<ShownToken, 'operation' | 'isLast' | 'mayConfirm'> {
  readonly refused: string;
}

/**
 * Creates the urql exchange of `gatehouse-client/urql`. It sends the token, and repeats an operation once with a new
 * token after the gateway refused the first. It does not repeat a mutation of several fields, or one that was refused
 * only in part. It repeats an operation also once the user has confirmed who they are. Put it after the cache and before `fetchExchange`. Operations for other addresses pass unchanged. An
 * operation fails with an AuthError as networkError if its token must be refreshed first and cannot be.
 */
export function authExchange(auth: AuthClient): Exchange {
  return ({ forward }) =>
    (operations) => {
      const again = makeSubject<Again>();
      const late = makeSubject<OperationResult>();
      const shown = new Map<number, ShownToken>();
      const incoming = share(operations);
      const isOurs = (operation: Operation) => operation.kind !== 'teardown' && auth.isFor(operation.context.url);

      const tokenFor = async (operation: Operation, second?: Again): Promise<Operation | undefined> => {
        try {
          const token = await auth.getAccessToken(second === undefined ? {} : { refused: second.refused });
          const { isLast = false, mayConfirm = true } = second ?? {};
          shown.set(operation.key, { operation, token, isLast, mayConfirm });
          return token === undefined ? operation : withToken(operation, token, auth);
        } catch (error) {
          late.next(makeErrorResult(operation, error as Error));
          return undefined;
        }
      };
      const untilTornDown = (operation: Operation, prepared: Promise<Operation | undefined>) =>
        pipe(
          fromPromise(prepared),
          takeUntil(
            pipe(
              incoming,
              filter(({ kind, key }) => kind === 'teardown' && key === operation.key),
            ),
          ),
          filter((ready) => ready !== undefined),
        );

      const first = pipe(
        incoming,
        filter(isOurs),
        mergeMap((operation) => untilTornDown(operation, tokenFor(operation))),
      );
      const second = pipe(
        again.source,
        mergeMap((one) => untilTornDown(one.operation, tokenFor(one.operation, one))),
      );
      const others = pipe(
        incoming,
        filter((operation) => !isOurs(operation)),
        map((operation) => {
          shown.delete(operation.key);
          return operation;
        }),
      );

      const results = pipe(
        merge([first, second, others]),
        forward,
        filter((result) => {
          const { error } = result;
          const { operation, token, isLast = false, mayConfirm = false } = shown.get(result.operation.key) ?? {};
          if (!operation || token === undefined) return true;
          const errors = error?.graphQLErrors;
          noteDisabled(errors, token, auth);
          const { status } = (error?.response ?? {}) as { readonly status?: number };
          const unauthorized = status === 401;
          const deliver = () => late.next(result);
          const stepUp = mayConfirm ? stepUpOf({ operation: operationOf(operation.query), errors }) : undefined;
          if (stepUp) {
            const repeat = () => again.next({ operation, refused: token, isLast, mayConfirm: false });
            const fail = (cause: Error) => late.next(makeErrorResult(operation, cause));
            auth.stepUp(stepUp, token).then((confirmed) => (confirmed ? repeat() : deliver()), fail);
            return false;
          }
          if (isLast || !error || !refusesToken(errors, unauthorized)) return true;
          if (mayRepeat({ operation: operationOf(operation.query), errors, unauthorized })) {
            again.next({ operation, refused: token, isLast: true, mayConfirm });
          } else {
            // Held back until it is known whether the session has ended.
            auth.getAccessToken({ refused: token }).then(deliver, deliver);
          }
          return false;
        }),
      );
      return merge([results, late.source]);
    };
}

function withToken(operation: Operation, token: string, auth: AuthClient): Operation {
  const { fetchOptions, fetch: send = fetch } = operation.context;
  const given = (typeof fetchOptions === 'function' ? fetchOptions() : fetchOptions) ?? {};
  const headers = new Headers(given.headers);
  headers.set('authorization', `Bearer ${token}`);
  return makeOperation(operation.kind, operation, {
    ...operation.context,
    async fetch(input: string | URL | Request, init?: RequestInit) {
      const response = await send(input, init);
      auth.noteAnswer(response, token);
      return response;
    },
    // Threat: a redirect would send the token to another server.
    fetchOptions: { ...given, headers, redirect: 'error' },
  });
}
