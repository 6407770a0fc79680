import { useGraphiQL } from '@graphiql/react';
import { useEffect } from 'react';

/** Has a bracket or a quote that is typed over a selection replace it, where Monaco would put the selection between two. */
export function ReplaceSelection(): null {
  const query = useGraphiQL((state) => state.queryEditor);
  const variables = useGraphiQL((state) => state.variableEditor);
  const headers = useGraphiQL((state) => state.headerEditor);
  useEffect(() => {
    for (const editor of [query, variables, headers]) editor?.updateOptions({ autoSurround: 'never' });
  }, [query, variables, headers]);
  return null;
}
