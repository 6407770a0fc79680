import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import type { AuthClient } from 'gatehouse/client';
import { useEffect } from 'react';

/**
 * Takes the answers off the page when somebody signs out, in every tab: they are theirs. What was asked stays, for
 * whoever comes next with another role.
 */
export function ForgetAnswers({ auth }: { readonly auth: AuthClient }): null {
  const { changeTab, updateActiveTabValues } = useGraphiQLActions();
  const count = useGraphiQL((state) => state.tabs.length);
  const active = useGraphiQL((state) => state.activeTabIndex);
  useEffect(
    () =>
      auth.on('change', ({ reason }) => {
        if (reason !== 'logout' && reason !== 'elsewhere') return;
        for (let tab = 0; tab < count; tab++) {
          changeTab(tab);
          updateActiveTabValues({ response: null });
        }
        changeTab(active);
      }),
    [auth, count, active, changeTab, updateActiveTabValues],
  );
  return null;
}
