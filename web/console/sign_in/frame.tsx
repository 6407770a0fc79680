import './sign_in.css';
import { type ReactNode, useState } from 'react';
import { Provider } from 'urql';
import { useAuth } from '../session/auth_context.ts';
import { createDataClient } from '../session/data_client.ts';
import { Brand } from '../ui/brand.tsx';
import { useTitle } from '../ui/page.tsx';
import { ThemeSwitch } from '../ui/theme_switch.tsx';

interface Props {
  readonly title: string;
  readonly children: ReactNode;
  /** Below the card: the other way in. */
  readonly below: ReactNode;
}

/** The pages of those who are not signed in: a card in the middle, the name above it. */
export function SignInFrame({ title, children, below }: Props) {
  const auth = useAuth();
  const [client] = useState(() => createDataClient(auth));
  const heading = useTitle(title);
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
          <a href="/graphql">Playground</a>
          <a href="/docs">API docs</a>
        </footer>
      </div>
    </Provider>
  );
}
