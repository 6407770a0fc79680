import { Outlet } from 'react-router';
import { useIsAdmin } from '../session/use_is_admin.ts';
import { Page } from '../ui/page.tsx';
import { ForbiddenState } from '../ui/states.tsx';

/** Admins' pages, for admins: others are told so, and nothing is asked for them that the server would refuse. */
export function OnlyAdmins() {
  if (useIsAdmin()) return <Outlet />;
  return (
    <Page title="Administration">
      <ForbiddenState />
    </Page>
  );
}
