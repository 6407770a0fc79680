import { useHistory, useHistoryActions } from '@graphiql/plugin-history';
import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import type { AuthClient } from 'gatehouse-client';
import { useEffect, useRef } from 'react';

/**
 * Clears a user's data from the page after a sign-out, or after another user signs in: responses, variables (which may
 * hold passwords), headers and history, in all tabs. Operations stay, so that they can be run with another role.
 */
export function ForgetPerson({ auth }: { readonly auth: AuthClient }): null {
  const { changeTab, updateActiveTabValues } = useGraphiQLActions();
  const { deleteFromHistory } = useHistoryActions();
  const history = useHistory();
  const count = useGraphiQL((state) => state.tabs.length);
  const active = useGraphiQL((state) => state.activeTabIndex);
  const query = useGraphiQL((state) => state.queryEditor);
  const answer = useGraphiQL((state) => state.responseEditor);
  const owner = useRef(auth.user?.username);
  useEffect(
    () =>
      auth.on('change', () => {
        const before = owner.current;
        owner.current = auth.user?.username;
        if (before === undefined || before === owner.current) return;
        for (const item of [...history]) deleteFromHistory(item, true);
        // The response that revealed the end of the session stays, because it explains the sign-out.
        const shown = answer?.getValue() ?? '';
        updateActiveTabValues({ query: query?.getValue() ?? null });
        for (let tab = 0; tab < count; tab++) {
          changeTab(tab);
          const response = tab === active && isRefusal(shown) ? shown : null;
          updateActiveTabValues({ variables: null, headers: null, response });
        }
        changeTab(active);
      }),
    [auth, history, count, active, query, answer, changeTab, updateActiveTabValues, deleteFromHistory],
  );
  return null;
}

/** Returns true for a response with errors only, which has no data of a user. */
function isRefusal(answer: string): boolean {
  try {
    const { data, errors } = JSON.parse(answer) as { data?: unknown; errors?: unknown };
    return errors !== undefined && data == null;
  } catch {
    return false;
  }
}
