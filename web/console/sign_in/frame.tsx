import './sign_in.css';
import { type ReactNode, useEffect, useState } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import { Provider } from 'urql';
import { pathTo } from '../../base.ts';
import { useAuth } from '../session/auth_context.ts';
import { createDataClient } from '../session/data_client.ts';
import { destination } from '../session/destination.ts';
import { Brand } from '../ui/brand.tsx';
import { useTitle } from '../ui/page.tsx';
import { ThemeSwitch } from '../ui/theme_switch.tsx';

interface Props {
  readonly title: string;
  readonly children: ReactNode;
  /** The link below the card. */
  readonly below: ReactNode;
}

/**
 * The frame of the pages before sign-in. After a sign-in, here or in another tab, it leads on to the requested page.
 */
export function SignInFrame({ title, children, below }: Props) {
  const auth = useAuth();
  const [client] = useState(() => createDataClient(auth));
  const heading = useTitle(title);
  const navigate = useNavigate();
  const next = useSearchParams()[0].get('next');
  useEffect(
    () =>
      auth.on('change', ({ state }) => {
        if (state === 'signed-in') void navigate(destination(next, location.origin), { replace: true });
      }),
    [auth, navigate, next],
  );
  return (
    <Provider value={client}>
      <div className="sign-in">
        <header className="sign-in-head">
          <Brand />
          <ThemeSwitch />
        </header>
        <main className="sign-in-main">
          <div className="sign-in-card">
            <h1 ref={heading} tabIndex={-1}>
              {title}
            </h1>
            {children}
          </div>
          {below}
        </main>
        <footer className="sign-in-foot small">
          <a href={pathTo('graphql')}>Playground</a>
          <a href={pathTo('docs')}>API docs</a>
        </footer>
      </div>
    </Provider>
  );
}
