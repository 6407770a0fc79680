import { type AnyVariables, type TypedDocumentNode, useClient } from 'urql';

/** Some of the changes answer with a number or nothing; what is shown of accounts is asked for again all the same. */
const TOUCHED = { additionalTypenames: ['User', 'Session'] };

/**
 * Sends a change of an account, after which every list and page shows what the server says then.
 * @returns what throws what `failureOf` reads
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
