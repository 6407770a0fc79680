import './users.css';
import { Mail, SearchX, UserPlus } from 'lucide-react';
import { useState } from 'react';
import { useQuery } from 'urql';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Page } from '../../ui/page.tsx';
import { Pager } from '../../ui/pager.tsx';
import { EmptyState, Skeleton } from '../../ui/states.tsx';
import { useFocusOnNewPage } from '../use_focus_on_new_page.ts';
import { CreateUser } from './create_user.tsx';
import { UsersDocument, type UsersQuery } from './documents.ts';
import { Filters } from './filters.tsx';
import { InviteUser } from './invite_user.tsx';
import { PAGE_SIZES, toVariables } from './listing.ts';
import { type ListingPlace, useListing } from './use_listing.ts';
import { UserTable } from './user_table.tsx';

/** Tells urql the type of the list, which an empty list does not show. */
const OF_USERS = { additionalTypenames: ['User'] };

export function UsersPage() {
  const place = useListing();
  const variables = toVariables(place.listing);
  // Never from the cache, so that the back button shows current data.
  const query = useQuery({ query: UsersDocument, variables, requestPolicy: 'network-only', context: OF_USERS });
  const [isCreating, setCreating] = useState(false);
  const [isInviting, setInviting] = useState(false);
  const [{ data, fetching }] = query;
  const rows = useFocusOnNewPage(place.listing.after);
  const add = (
    <>
      <Button icon={<Mail aria-hidden />} onPress={() => setInviting(true)}>
        Invite user
      </Button>
      <Button look="primary" icon={<UserPlus aria-hidden />} onPress={() => setCreating(true)}>
        Create user
      </Button>
    </>
  );
  return (
    <Page title="Users" lead="All accounts on this server." actions={add}>
      <Card title={data ? counted(data.users.totalCount) : 'Accounts'} isFlush>
        <span className="hidden" role="status">
          {data && !fetching && counted(data.users.totalCount)}
        </span>
        <Filters {...place} />
        <div ref={rows} className="users-rows" tabIndex={-1} role="group" aria-label="Results" aria-busy={fetching}>
          <Loaded query={query} skeleton={<RowSkeleton />}>
            {({ users }) => <Rows users={users} place={place} />}
          </Loaded>
        </div>
      </Card>
      <CreateUser isOpen={isCreating} onClose={() => setCreating(false)} />
      <InviteUser isOpen={isInviting} onClose={() => setInviting(false)} />
    </Page>
  );
}

const counted = (total: number) => `${total.toLocaleString('en')} ${total === 1 ? 'account' : 'accounts'}`;

function RowSkeleton() {
  return (
    <div className="users-skeleton">
      <Skeleton lines={10} height="2rem" />
    </div>
  );
}

function Rows({ users, place }: { readonly users: UsersQuery['users']; readonly place: ListingPlace }) {
  const { listing, page, change, goOn, goBack } = place;
  const { totalCount, edges, pageInfo } = users;
  if (edges.length === 0) return <Nobody place={place} />;
  const pages = Math.ceil(totalCount / listing.size);
  const { hasPreviousPage, hasNextPage, endCursor } = pageInfo;
  return (
    <>
      <UserTable users={edges.map(({ node }) => node)} listing={listing} change={change} />
      <Pager
        label="Pages of users"
        place={page === undefined ? `${pages} pages` : `Page ${page} of ${Math.max(page, pages)}`}
        onPrevious={hasPreviousPage ? goBack : undefined}
        onNext={hasNextPage && endCursor != null ? () => goOn(endCursor) : undefined}
        size={listing.size}
        sizes={PAGE_SIZES}
        onSize={(size) => change({ size })}
      />
    </>
  );
}

function Nobody({ place: { listing, change } }: { readonly place: ListingPlace }) {
  const isBehindTheLast = listing.after !== undefined;
  return (
    <EmptyState
      title={isBehindTheLast ? 'No accounts on this page' : 'No accounts match'}
      icon={<SearchX aria-hidden />}
    >
      {isBehindTheLast ? (
        <Button onPress={() => change({})}>First page</Button>
      ) : (
        <Button onPress={() => change({ search: '', role: undefined, state: undefined })}>Show all users</Button>
      )}
    </EmptyState>
  );
}
