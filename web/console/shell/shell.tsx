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

/** What is around every page of whoever is signed in. */
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

  // Whether one may still be here: asked at every page, and whenever the window is looked at again.
  useEffect(() => {
    const again = () => ask({ requestPolicy: 'network-only' });
    addEventListener('focus', again);
    return () => removeEventListener('focus', again);
  }, [ask]);
  useEffect(() => {
    ask({ requestPolicy: 'network-only' });
    scrollTo(0, 0);
  }, [ask, pathname]);

  // Signed out: the sign-in page is on its way.
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
