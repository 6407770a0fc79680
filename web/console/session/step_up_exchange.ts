import { readAuthErrors } from 'gatehouse-client';
import { type Exchange, makeOperation, type Operation, type OperationResult } from 'urql';
import { filter, makeSubject, merge, pipe, tap } from 'wonka';
import type { StepUp } from '../../step_up.ts';

/**
 * Creates the exchange that asks users to confirm that it is them, and then repeats what was refused, once. Every
 * mutation of the console has one field, so a refused one has changed nothing. Put it before the exchange that sends
 * the token, because the confirmation makes a new one.
 */
export function stepUpExchange({ ask }: Pick<StepUp, 'ask'>): Exchange {
  return ({ forward }) =>
    (operations) => {
      /** The operations as they were asked, without a token. */
      const asked = new Map<number, Operation>();
      const repeated = new Set<number>();
      const again = makeSubject<Operation>();
      const late = makeSubject<OperationResult>();

      const first = pipe(
        operations,
        tap((operation) => {
          repeated.delete(operation.key);
          if (operation.kind === 'teardown') asked.delete(operation.key);
          else asked.set(operation.key, operation);
        }),
      );
      const results = pipe(
        merge([first, again.source]),
        forward,
        filter((result) => {
          const { key } = result.operation;
          const operation = asked.get(key);
          const required = readAuthErrors(result.error?.graphQLErrors).find(({ stepUp }) => stepUp)?.stepUp;
          if (!required || !operation || repeated.has(key)) return true;
          void ask(required).then((isConfirmed) => {
            if (!isConfirmed) return late.next(result);
            repeated.add(key);
            again.next(makeOperation(operation.kind, operation));
          });
          return false;
        }),
      );
      return merge([results, late.source]);
    };
}
