import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useLocation, useNavigate } from 'react-router';
import { Provider } from 'urql';
import { useAuth } from './auth_context.ts';
import { createDataClient } from './data_client.ts';
import { signInPath } from './destination.ts';
import { createStepUp } from '../../step_up.ts';
import { StepUpDialog } from './step_up_dialog.tsx';
import { type Parting, partingBy, type PartingState } from './parting.ts';

/**
 * Provides the GraphQL client of the signed-in user. When the user changes, the pages and all cached data are
 * discarded. A sign-out, here or elsewhere, leads to the sign-in page.
 */
export function SessionData({ children }: { readonly children: ReactNode }) {
  const auth = useAuth();
  const navigate = useNavigate();
  const { pathname, search } = useLocation();
  const here = useRef('/');
  here.current = pathname + search;

  const isInactive = useRef(false);
  const [stepUp] = useState(createStepUp);
  const [create] = useState(() => () => {
    const onInactive = () => {
      isInactive.current = true;
    };
    return createDataClient(auth, { stepUp, onInactive });
  });
  const [client, setClient] = useState(create);
  const [owner, setOwner] = useState(0);

  useEffect(
    () =>
      auth.on('change', ({ state, reason }) => {
        if (state === 'signed-out') {
          const parting: Parting = isInactive.current ? 'inactive' : partingBy(reason);
          const path = parting === 'logout' ? '/sign-in' : signInPath(here.current);
          void navigate(path, { replace: true, state: { parting } satisfies PartingState });
        }
        // The next user must not confirm what this one asked for.
        stepUp.settle(false);
        setClient(create());
        setOwner((before) => before + 1);
      }),
    [auth, navigate, create, stepUp],
  );

  return (
    <Provider key={owner} value={client}>
      {children}
      <StepUpDialog stepUp={stepUp} />
    </Provider>
  );
}
