import type { Storage } from '@graphiql/toolkit';
import type { AuthClient } from 'gatehouse-client';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { useMemo } from 'react';
import { pathTo } from '../base.ts';
import { AccountBar } from './account_bar.tsx';
import { ME } from './examples/account.ts';
import { EXAMPLES, textOf } from './examples_pane.tsx';
import { createStepUp } from '../step_up.ts';
import { createFetcher } from './fetcher.ts';
import { ForgetPerson } from './forget_person.ts';
import { ReplaceSelection } from './replace_selection.ts';
import { useUser } from './session.ts';
import { StepUpDialog } from './step_up_dialog.tsx';

const PLUGINS = [EXAMPLES, HISTORY_PLUGIN];

export interface PlaygroundProps {
  readonly auth: AuthClient;
  readonly storage: Storage;
}

/** GraphiQL below the bar with the sign-in form. */
export function Playground({ auth, storage }: PlaygroundProps) {
  const user = useUser(auth);
  const stepUp = useMemo(createStepUp, []);
  // A new fetcher for each caller makes GraphiQL load the schema again, of which a role may see only a part.
  const caller = user && `${user.role} ${user.username}`;
  const fetcher = useMemo(() => createFetcher(auth, stepUp), [auth, caller, stepUp]);
  // On the first visit, if there is room.
  const opensExamples = useMemo(
    () => storage.getItem('graphiql:visiblePlugin') === null && window.innerWidth >= 1000,
    [storage],
  );
  const linked = useMemo(() => new URLSearchParams(location.search), []);
  return (
    <>
      <AccountBar auth={auth} />
      <StepUpDialog auth={auth} stepUp={stepUp} />
      <main>
        <GraphiQL
          fetcher={fetcher}
          storage={storage}
          plugins={PLUGINS}
          {...(opensExamples ? { visiblePlugin: EXAMPLES } : {})}
          shouldPersistHeaders={false}
          initialQuery={linked.get('query') ?? textOf(ME)}
          initialVariables={linked.get('variables') ?? ''}
          defaultQuery=""
          defaultEditorToolsVisibility="variables"
        >
          <GraphiQL.Logo>
            <a href={pathTo('docs')}>REST endpoints</a>
          </GraphiQL.Logo>
          <ForgetPerson auth={auth} />
          <ReplaceSelection />
        </GraphiQL>
      </main>
    </>
  );
}
