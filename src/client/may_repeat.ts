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
  const refusals = (errors ?? []).filter((error) => readAuthErrors([error]).some(({ tokenRefused }) => tokenRefused));
  if (refusals.length === 0) return unauthorized && !errors?.length;
  const [operation] = document.definitions.filter(isOperation);
  if (operation?.operation !== 'mutation') return true;
  const { selections } = operation.selectionSet;
  return (
    selections.length === 1 && selections[0]?.kind === 'Field' && refusals.every(({ path = [] }) => path.length <= 1)
  );
}

function isOperation(definition: object): definition is OperationLike {
  return 'kind' in definition && definition.kind === 'OperationDefinition';
}
