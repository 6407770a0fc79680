import './shell.css';
import { useEffect, useState } from 'react';
import { Outlet, useLocation } from 'react-router';
import { useQuery } from 'urql';
import { EnrolmentPage } from '../account/security/enrolment_page.tsx';
import { MeDocument } from '../session/documents.ts';
import { useAuth } from '../session/auth_context.ts';
import { SessionData } from '../session/session_data.tsx';
import { useIsAdmin } from '../session/use_is_admin.ts';
import { failureOf } from '../ui/failure.ts';
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
  const [{ data, error }, ask] = useQuery({ query: MeDocument });
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

  const mustEnrol = error !== undefined && failureOf(error).code === 'SECOND_FACTOR_ENROLMENT_REQUIRED';
  const enrols = useEnrolment(mustEnrol);
  const enrolled = () => {
    enrols.end();
    ask({ requestPolicy: 'network-only' });
  };
  // After a sign-out, until the sign-in page appears.
  if (!user) return null;
  return (
    <div className="shell">
      <a className="skip" href="#content">
        Skip to content
      </a>
      <TopBar username={user.username} fullName={data?.me.fullName ?? undefined} isAdmin={isAdmin} />
      <div className="side">{!enrols.isShown && <SideNavigation isAdmin={isAdmin} />}</div>
      <main id="content" className="content" tabIndex={-1}>
        {enrols.isShown ? <EnrolmentPage onDone={enrolled} /> : <Outlet />}
      </main>
    </div>
  );
}

/** Shows the enrolment until its user ends it. A window that gets the focus back must not take the codes away. */
function useEnrolment(mustEnrol: boolean) {
  const [isUnderWay, setUnderWay] = useState(mustEnrol);
  useEffect(() => {
    if (mustEnrol) setUnderWay(true);
  }, [mustEnrol]);
  return { isShown: mustEnrol || isUnderWay, end: () => setUnderWay(false) };
}
