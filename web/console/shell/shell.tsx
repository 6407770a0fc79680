import './shell.css';
import { useEffect } from 'react';
import { Outlet, useLocation } from 'react-router';
import { useQuery } from 'urql';
import { MeDocument } from '../session/documents.ts';
import { useAuth } from '../session/auth_context.ts';
import { SessionData } from '../session/session_data.tsx';
import { useIsAdmin } from '../session/use_is_admin.ts';
import { Toasts } from '../ui/toasts.tsx';
import { SideNavigation } from './side_navigation.tsx';
import { TopBar } from './top_bar.tsx';

/** The frame around every page of a signed-in user. */
export function Shell() {
  return (
    <SessionData>
      <Toasts>
        <Frame />
      </Toasts>
    </SessionData>
  );
}

function Frame() {
  const { user } = useAuth();
  const [{ data }, ask] = useQuery({ query: MeDocument });
  const isAdmin = useIsAdmin();
  const { pathname } = useLocation();

  // Checks that the session is still valid, on every page and whenever the window gets the focus.
  useEffect(() => {
    const again = () => ask({ requestPolicy: 'network-only' });
    addEventListener('focus', again);
    return () => removeEventListener('focus', again);
  }, [ask]);
  useEffect(() => {
    ask({ requestPolicy: 'network-only' });
    scrollTo(0, 0);
  }, [ask, pathname]);

  // After a sign-out, until the sign-in page appears.
  if (!user) return null;
  return (
    <div className="shell">
      <a className="skip" href="#content">
        Skip to content
      </a>
      <TopBar username={user.username} fullName={data?.me.fullName ?? undefined} isAdmin={isAdmin} />
      <div className="side">
        <SideNavigation isAdmin={isAdmin} />
      </div>
      <main id="content" className="content" tabIndex={-1}>
        <Outlet />
      </main>
    </div>
  );
}
