import '../adopted_style.ts';
import './workers.ts';
import 'graphiql/style.css';
import './style.css';
import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';
import { EXAMPLE_HEADERS, EXAMPLE_QUERY, EXAMPLE_VARIABLES } from './example.ts';
import { fetcher } from './fetcher.ts';
import { createStorage } from './storage.ts';

/** Undefined where the browser's settings forbid storage. */
function localStorageIfAllowed(): Storage | undefined {
  try {
    return window.localStorage;
  } catch {
    return undefined;
  }
}

createRoot(document.getElementById('playground')!).render(
  <GraphiQL
    fetcher={fetcher}
    storage={createStorage(localStorageIfAllowed())}
    shouldPersistHeaders={false}
    initialQuery={EXAMPLE_QUERY}
    initialVariables={EXAMPLE_VARIABLES}
    initialHeaders={EXAMPLE_HEADERS}
    defaultQuery=""
    defaultHeaders={EXAMPLE_HEADERS}
    defaultEditorToolsVisibility="variables"
  >
    <GraphiQL.Logo>Gatehouse</GraphiQL.Logo>
  </GraphiQL>,
);
