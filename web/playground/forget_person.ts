import { useHistory, useHistoryActions } from '@graphiql/plugin-history';
import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import type { AuthClient } from 'gatehouse-client';
import { useEffect, useRef } from 'react';

/**
 * Takes what is theirs off the page when somebody is signed out, for whatever reason, or somebody else signs in: the
 * answers, the variables (passwords among them), the typed headers and the history, of all tabs. The texts of the
 * operations stay, for whoever comes next with another role.
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
        // The refusal by which the end of the session came to light says so to whoever asked.
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

/** Whether an answer has errors alone, which tell nothing of anybody. */
function isRefusal(answer: string): boolean {
  try {
    const { data, errors } = JSON.parse(answer) as { data?: unknown; errors?: unknown };
    return errors !== undefined && data == null;
  } catch {
    return false;
  }
}
