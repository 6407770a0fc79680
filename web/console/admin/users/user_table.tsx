import './users.css';
import { Link, useLocation } from 'react-router';
import { Badge } from '../../ui/badge.tsx';
import { LongName } from '../../ui/long_name.tsx';
import { Moment } from '../../ui/moment.tsx';
import { Row, Table } from '../../ui/table.tsx';
import type { UsersQuery } from './documents.ts';
import { COLUMNS } from './listing.ts';
import { RoleBadge } from '../../ui/role_badge.tsx';
import type { ListingPlace } from './use_listing.ts';

type User = UsersQuery['users']['edges'][number]['node'];

interface Props extends Pick<ListingPlace, 'listing' | 'change'> {
  readonly users: readonly User[];
}

/** The accounts, with links to their pages and sortable columns. */
export function UserTable({ users, listing: { orderBy, descending }, change }: Props) {
  const columns = COLUMNS.map(({ field, name }) => {
    const isSorted = field === orderBy;
    return {
      name,
      direction: isSorted ? (descending ? ('descending' as const) : ('ascending' as const)) : undefined,
      onSort: () => change({ orderBy: field, descending: isSorted && !descending }),
    };
  });
  return (
    <Table label="Users" columns={columns}>
      {users.map((user) => (
        <Row
          key={user.id}
          cells={[
            ['Username', <Name key="name" user={user} />],
            ['Full name', user.fullName && <LongName key="full" of={user.fullName} />],
            ['E-mail', user.email],
            ['Role', user.role && <RoleBadge key="role" role={user.role} />],
            ['Created', user.createdAt && <Moment key="created" at={user.createdAt} />],
            ['Last sign-in', user.lastLoginAt ? <Moment key="last" at={user.lastLoginAt} /> : <Never key="last" />],
          ]}
        />
      ))}
    </Table>
  );
}

function Name({ user: { username, disabled } }: { readonly user: User }) {
  const { search } = useLocation();
  return (
    <span className="user-name-cell">
      <Link className="user-link" to={`/admin/users/${username}`} state={{ list: search }}>
        {username}
      </Link>
      {disabled && <Badge tone="warning">Disabled</Badge>}
    </span>
  );
}

const Never = () => <span className="muted">never</span>;
