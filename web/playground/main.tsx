import '../adopted_style.ts';
import './workers.ts';
import 'graphiql/style.css';
import './style.css';
import { createAuthClient } from 'gatehouse-client';
import { createRoot } from 'react-dom/client';
import { BASE } from '../base.ts';
import { Playground } from './playground.tsx';
import { createStorage } from './storage.ts';

/** Returns undefined if the browser's settings forbid storage. */
function localStorageIfAllowed(): Storage | undefined {
  try {
    return window.localStorage;
  } catch {
    return undefined;
  }
}

const auth = createAuthClient({ url: BASE.href });
// The page shares the console's session. The caller of the introspection query is known once it is restored.
await auth.ready;
createRoot(document.getElementById('playground')!).render(
  <Playground auth={auth} storage={createStorage(localStorageIfAllowed())} />,
);
