import { type Exchange, makeErrorResult, makeOperation, type Operation, type OperationResult } from '@urql/core';
import { filter, fromPromise, makeSubject, map, merge, mergeMap, pipe, share, takeUntil } from 'wonka';
import { operationOf } from './asked_operation.ts';
import type { AuthClient } from './auth_client.ts';
import { mayRepeat } from './may_repeat.ts';
import { noteDisabled } from './note_disabled.ts';

/** What an operation of ours carries on its way: the token it shows, and whether it is the second try. */
interface Shown {
  readonly token: string | undefined;
  readonly isLast: boolean;
}

/**
 * `gatehouse/client/urql`: the exchange that shows the token, and sends an operation once more with another where the
 * gateway has refused the first. A mutation of several fields, or one that is refused only in part, is not sent twice. Put
 * it behind the cache and before `fetchExchange`. Operations for other addresses pass as they are; they fail with an
 * AuthError as networkError where a token must be refreshed first and cannot be.
 */
export function authExchange(auth: AuthClient): Exchange {
  return ({ forward }) =>
    (operations) => {
      const again = makeSubject<{ operation: Operation; refused: string }>();
      const failed = makeSubject<OperationResult>();
      const shown = new Map<number, Shown>();
      const incoming = share(operations);
      const isOurs = (operation: Operation) => operation.kind !== 'teardown' && auth.isFor(operation.context.url);

      const tokenFor = async (operation: Operation, refused?: string): Promise<Operation | undefined> => {
        try {
          const token = await auth.getAccessToken(refused === undefined ? {} : { refused });
          shown.set(operation.key, { token, isLast: refused !== undefined });
          return token === undefined ? operation : withToken(operation, token);
        } catch (error) {
          failed.next(makeErrorResult(operation, error as Error));
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
        mergeMap(({ operation, refused }) => untilTornDown(operation, tokenFor(operation, refused))),
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
        filter(({ operation, error }) => {
          const { token, isLast } = shown.get(operation.key) ?? {};
          if (token === undefined) return true;
          const errors = error?.graphQLErrors;
          noteDisabled(errors, token, auth);
          const { status } = (error?.response ?? {}) as { readonly status?: number };
          const refused = { operation: operationOf(operation.query), errors, unauthorized: status === 401 };
          if (isLast || !error || !mayRepeat(refused)) return true;
          again.next({ operation, refused: token });
          return false;
        }),
      );
      return merge([results, failed.source]);
    };
}

function withToken(operation: Operation, token: string): Operation {
  const { fetchOptions } = operation.context;
  const given = (typeof fetchOptions === 'function' ? fetchOptions() : fetchOptions) ?? {};
  const headers = new Headers(given.headers);
  headers.set('authorization', `Bearer ${token}`);
  return makeOperation(operation.kind, operation, {
    ...operation.context,
    // A redirect would take the token where it does not belong.
    fetchOptions: { ...given, headers, redirect: 'error' },
  });
}
