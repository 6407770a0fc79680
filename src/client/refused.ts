import type { AuthClient } from './auth_client.ts';
import { type GraphqlErrorLike, readAuthErrors } from './auth_error.ts';

/** As much of a document as is read: what every GraphQL client parses it to. */
export interface DocumentLike {
  readonly definitions: readonly object[];
}

interface OperationLike {
  readonly kind: 'OperationDefinition';
  readonly operation: string;
  readonly name?: { readonly value: string };
  readonly selectionSet: { readonly selections: readonly { readonly kind: string }[] };
}

export interface Refused {
  readonly document: DocumentLike;
  readonly errors: readonly (GraphqlErrorLike & { readonly path?: readonly unknown[] | undefined })[] | undefined;
  /** Whether the HTTP status was 401. */
  readonly unauthorized: boolean;
}

/**
 * Whether an operation that was answered so may be sent again with another token. Refused must have been the token: a
 * password or a refresh token that was refused gives no reason. And nothing may have been done that would be done twice:
 * of a mutation, the one field itself must have been refused, and not something below it.
 */
export function mayRepeat({ document, errors, unauthorized }: Refused): boolean {
  const refusals = (errors ?? []).filter((error) => tokenRefused(error));
  if (refusals.length === 0) return unauthorized && !errors?.length;
  const [operation] = document.definitions.filter(isOperation);
  if (operation?.operation !== 'mutation') return true;
  const { selections } = operation.selectionSet;
  return (
    selections.length === 1 && selections[0]?.kind === 'Field' && refusals.every(({ path = [] }) => path.length <= 1)
  );
}

function tokenRefused(error: GraphqlErrorLike): boolean {
  return readAuthErrors([error]).some(({ code, reason }) => code === 'UNAUTHENTICATED' && reason !== undefined);
}

function isOperation(definition: object): definition is OperationLike {
  return 'kind' in definition && definition.kind === 'OperationDefinition';
}

/** Tells the kit of a user who has been thrown out. */
export function noteInactive(
  errors: readonly GraphqlErrorLike[] | undefined,
  token: string,
  auth: Pick<AuthClient, 'dropSession'>,
): void {
  if (readAuthErrors(errors).some(({ code }) => code === 'INACTIVE_USER')) auth.dropSession(token);
}
