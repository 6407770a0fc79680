import { useGraphiQL } from '@graphiql/react';
import { useEffect } from 'react';

/** Makes a typed bracket or quote replace the selection. Monaco would surround the selection with a pair. */
export function ReplaceSelection(): null {
  const query = useGraphiQL((state) => state.queryEditor);
  const variables = useGraphiQL((state) => state.variableEditor);
  const headers = useGraphiQL((state) => state.headerEditor);
  useEffect(() => {
    for (const editor of [query, variables, headers]) editor?.updateOptions({ autoSurround: 'never' });
  }, [query, variables, headers]);
  return null;
}
