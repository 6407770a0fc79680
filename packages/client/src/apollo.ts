import { ServerError } from '@apollo/client/errors';
import { ApolloLink } from '@apollo/client/link';
import { Observable } from '@apollo/client/utilities';
import { operationOf } from './asked_operation.ts';
import type { AuthClient } from './auth_client.ts';
import type { AuthError } from './auth_error.ts';
import { mayRepeat, type Refused, refusesToken, stepUpOf } from './may_repeat.ts';
import { noteDisabled } from './note_disabled.ts';

type Errors = Refused['errors'];

/**
 * Creates the Apollo link of `gatehouse-client/apollo`. It sends the token, and repeats an operation once with a new
 * token after the gateway refused the first. It does not repeat a mutation of several fields, or one that was refused
 * only in part. It repeats an operation also once the user has confirmed who they are. Put it before the link to the gateway, and before no other server. An operation fails with an AuthError
 * if its token must be refreshed first and cannot be.
 */
export function createAuthLink(auth: AuthClient): ApolloLink {
  return new ApolloLink((operation, forward) => {
    const { uri } = operation.getContext() as { readonly uri?: unknown };
    if (uri && !auth.isFor(addressOf(uri))) return forward(operation);

    return new Observable<ApolloLink.Result>((observer) => {
      let inner: { unsubscribe(): void } | undefined;
      let closed = false;
      const fail = (error: unknown) => observer.error(error);
      /** Returns the token of the confirmed user; undefined if there is none. */
      const confirmed = async (refusal: AuthError, token: string) =>
        (await auth.stepUp(refusal, token)) ? auth.getAccessToken({ refused: token }) : undefined;

      let mayConfirm = true;
      function attempt(token: string | undefined, isLast: boolean): void {
        if (closed) return;
        if (token !== undefined) operation.setContext(withToken(token));
        /**
         * Returns whether the answer is held back, for a repetition or until it is known whether the session has ended.
         * @param deliver delivers the answer after all
         */
        const holds = (errors: Errors, unauthorized: boolean, deliver: () => void): boolean => {
          const { response } = operation.getContext() as { readonly response?: Response };
          if (token === undefined || closed) return false;
          if (response) auth.noteAnswer(response, token);
          noteDisabled(errors, token, auth);
          const stepUp = mayConfirm ? stepUpOf({ operation: operationOf(operation.query), errors }) : undefined;
          if (stepUp) {
            mayConfirm = false;
            inner?.unsubscribe();
            confirmed(stepUp, token).then(
              (another) => (another === undefined ? deliver() : attempt(another, isLast)),
              fail,
            );
            return true;
          }
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

/** Returns the address that `fetch` derives from the `uri` of an operation. HttpLink passes it on unchanged. */
function addressOf(uri: unknown): string {
  return uri instanceof Request ? uri.url : String(uri);
}

function withToken(token: string) {
  return ({ headers, fetchOptions }: { readonly headers?: unknown; readonly fetchOptions?: unknown }) => ({
    // Threat: a redirect would send the token to another server.
    fetchOptions: { ...(fetchOptions as RequestInit | undefined), redirect: 'error' },
    headers: { ...(headers as Record<string, string> | undefined), authorization: `Bearer ${token}` },
  });
}
