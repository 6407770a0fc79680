import { type AnyVariables, type TypedDocumentNode, useClient } from 'urql';

/** The types to reload after every change, because some mutations return no account. */
const TOUCHED = { additionalTypenames: ['User', 'Session'] };

/**
 * Returns a function that sends a change of an account, after which every list and page reloads its data.
 * It throws an error that `failureOf` can read.
 */
export function useChange<Data, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
): (variables: Variables) => Promise<Data> {
  const client = useClient();
  return async (variables) => {
    const { data, error } = await client.mutation(document, variables, TOUCHED);
    if (error) throw error;
    return data!;
  };
}
