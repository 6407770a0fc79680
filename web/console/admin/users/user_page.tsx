import '../../ui/page.css';
import './users.css';
import { ArrowLeft, UserX } from 'lucide-react';
import { useState } from 'react';
import { useLocation, useParams } from 'react-router';
import { useQuery } from 'urql';
import { ButtonLink } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { LongName } from '../../ui/long_name.tsx';
import { Page } from '../../ui/page.tsx';
import { EmptyState, Skeleton } from '../../ui/states.tsx';
import { AccessCard, type Asked } from './access_card.tsx';
import { ChangeRole } from './change_role.tsx';
import { DeleteUser } from './delete_user.tsx';
import { DisableUser } from './disable_user.tsx';
import { AccountDocument } from './documents.ts';
import { FactorsCard } from './factors_card.tsx';
import { ProfileCard } from './profile_card.tsx';
import { ResetPassword } from './reset_password.tsx';
import { SendReset } from './send_reset.tsx';
import { UserSessionsCard } from './user_sessions_card.tsx';

export function UserPage() {
  const { username = '' } = useParams();
  return <OneUser key={username} username={username} />;
}

/** The router state that the list passes to the page of an account. */
interface FromList {
  /** The query of the list's address, with its question mark. */
  readonly list?: string;
}

function OneUser({ username }: { readonly username: string }) {
  const query = useQuery({ query: AccountDocument, variables: { username }, requestPolicy: 'network-only' });
  const [asked, setAsked] = useState<Asked>();
  const close = () => setAsked(undefined);
  const { list = '' } = (useLocation().state ?? {}) as FromList;
  const listPath = `/admin/users${list}`;
  const user = query[0].data?.user;
  const back = (
    <ButtonLink to={listPath} icon={<ArrowLeft aria-hidden />}>
      All users
    </ButtonLink>
  );
  return (
    <Page title={username} lead={user?.fullName ? <LongName of={user.fullName} /> : 'Account'} actions={back}>
      <Loaded query={query} skeleton={<PageSkeleton />}>
        {({ user }) =>
          user ? (
            <>
              <ProfileCard user={user} />
              <AccessCard user={user} onAsk={setAsked} />
              {user.factors && <FactorsCard username={username} factors={user.factors} />}
              <UserSessionsCard user={user} />
            </>
          ) : (
            <NoSuchUser username={username} listPath={listPath} />
          )
        }
      </Loaded>
      {/* Outside of the loaded content, so that a new password or a link stays visible whatever happens to the page. */}
      <ResetPassword username={username} isOpen={asked === 'password'} onClose={close} />
      <SendReset username={username} isOpen={asked === 'link'} onClose={close} />
      {user && (
        <>
          <ChangeRole user={user} isOpen={asked === 'role'} onClose={close} />
          <DisableUser user={user} isOpen={asked === 'disable'} onClose={close} />
          <DeleteUser user={user} isOpen={asked === 'delete'} onClose={close} listPath={listPath} />
        </>
      )}
    </Page>
  );
}

function PageSkeleton() {
  return (
    <div className="page">
      {(['Profile', 'Access', 'Sign-in', 'Sessions'] as const).map((title) => (
        <Card key={title} title={title}>
          <Skeleton lines={7} />
        </Card>
      ))}
    </div>
  );
}

function NoSuchUser({ username, listPath }: { readonly username: string; readonly listPath: string }) {
  return (
    <EmptyState title="Account not found" icon={<UserX aria-hidden />}>
      <p className="muted">There is no account named “{username}”. It may have been deleted.</p>
      <ButtonLink to={listPath}>See all users</ButtonLink>
    </EmptyState>
  );
}
