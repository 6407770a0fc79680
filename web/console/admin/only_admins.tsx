import { Outlet } from 'react-router';
import { useIsAdmin } from '../session/use_is_admin.ts';
import { Page } from '../ui/page.tsx';
import { ForbiddenState } from '../ui/states.tsx';

/** Shows the admin pages to admins only. Others see a notice, and no request is sent that the server would refuse. */
export function OnlyAdmins() {
  if (useIsAdmin()) return <Outlet />;
  return (
    <Page title="Administration">
      <ForbiddenState />
    </Page>
  );
}
