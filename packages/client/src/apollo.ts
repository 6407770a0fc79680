import { ServerError } from '@apollo/client/errors';
import { ApolloLink } from '@apollo/client/link';
import { Observable } from '@apollo/client/utilities';
import { operationOf } from './asked_operation.ts';
import type { AuthClient } from './auth_client.ts';
import { mayRepeat, type Refused, refusesToken } from './may_repeat.ts';
import { noteDisabled } from './note_disabled.ts';

type Errors = Refused['errors'];

/**
 * `gatehouse-client/apollo`: the link that shows the token, and sends an operation once more with another where the gateway
 * has refused the first. A mutation of several fields, or one that is refused only in part, is not sent twice. Put it
 * before the link that leads to the gateway, and to no other server. Operations fail with an AuthError where a token must
 * be refreshed first and cannot be.
 */
export function createAuthLink(auth: AuthClient): ApolloLink {
  return new ApolloLink((operation, forward) => {
    const { uri } = operation.getContext() as { readonly uri?: unknown };
    if (uri && !auth.isFor(addressOf(uri))) return forward(operation);

    return new Observable<ApolloLink.Result>((observer) => {
      let inner: { unsubscribe(): void } | undefined;
      let closed = false;
      const fail = (error: unknown) => observer.error(error);

      function attempt(token: string | undefined, isLast: boolean): void {
        if (closed) return;
        if (token !== undefined) operation.setContext(withToken(token));
        /** Whether the answer is held back: another is asked for, or whether the session is over. @param deliver it */
        const holds = (errors: Errors, unauthorized: boolean, deliver: () => void): boolean => {
          const { response } = operation.getContext() as { readonly response?: Response };
          if (token === undefined || closed) return false;
          if (response) auth.noteAnswer(response, token);
          noteDisabled(errors, token, auth);
          if (isLast || !refusesToken(errors, unauthorized)) return false;
          inner?.unsubscribe();
          const renewed = auth.getAccessToken({ refused: token });
          const repeats = mayRepeat({ operation: operationOf(operation.query), errors, unauthorized });
          if (repeats) renewed.then((another) => attempt(another, true), fail);
          else renewed.then(deliver, deliver);
          return true;
        };
        let taken = false;
        inner = forward(operation).subscribe({
          next: (result) => {
            taken ||= holds('errors' in result ? result.errors : undefined, false, () => {
              observer.next(result);
              observer.complete();
            });
            if (!taken) observer.next(result);
          },
          error: (error: unknown) => {
            taken ||= holds(undefined, ServerError.is(error) && error.statusCode === 401, () => fail(error));
            if (!taken) fail(error);
          },
          complete: () => {
            if (!taken) observer.complete();
          },
        });
      }

      auth.getAccessToken().then((token) => attempt(token, false), fail);
      return () => {
        closed = true;
        inner?.unsubscribe();
      };
    });
  });
}

/** The address that `fetch` makes of an operation's own `uri`, whatever that is: HttpLink hands it on as it is. */
function addressOf(uri: unknown): string {
  return uri instanceof Request ? uri.url : String(uri);
}

function withToken(token: string) {
  return ({ headers, fetchOptions }: { readonly headers?: unknown; readonly fetchOptions?: unknown }) => ({
    // A redirect would take the token where it does not belong.
    fetchOptions: { ...(fetchOptions as RequestInit | undefined), redirect: 'error' },
    headers: { ...(headers as Record<string, string> | undefined), authorization: `Bearer ${token}` },
  });
}
