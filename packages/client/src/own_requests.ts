import { AuthError, errorOfStatus, readAuthErrors } from './auth_error.ts';
import type { TypedDocumentString } from './operations.ts';

/** Runs an operation of the signed-in user, with a token, its renewal and a step-up as in `fetch`. @throws AuthError */
export type OwnRequest = <Data, Variables>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
) => Promise<Data>;

/** Creates the requests of the signed-in user. @param send the client's `fetch` */
export function createOwnRequest(send: typeof fetch): OwnRequest {
  return async <Data, Variables>(document: TypedDocumentString<Data, Variables>, variables: Variables) => {
    const response = await send('graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: document.toString(), variables }),
    }).catch((cause: unknown) => {
      throw cause instanceof AuthError
        ? cause
        : new AuthError('UNREACHABLE', 'The gateway cannot be reached', { cause });
    });
    const answer = (await response.json().catch(() => null)) as OwnAnswer<Data> | null;
    const [refusal] = readAuthErrors(answer?.errors);
    if (refusal) throw refusal;
    if (answer?.data == null) throw errorOfStatus(response.status, response.headers);
    return answer.data;
  };
}

interface OwnAnswer<Data> {
  readonly data?: Data | null;
  readonly errors?: Parameters<typeof readAuthErrors>[0];
}
