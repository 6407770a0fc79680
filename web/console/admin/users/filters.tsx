import './users.css';
import { SearchField } from '../../ui/search_field.tsx';
import { Select } from '../../ui/select.tsx';
import { COLUMNS, type Listing } from './listing.ts';
import { useRoles } from './roles.ts';
import type { ListingPlace } from './use_listing.ts';

const ANY = 'any';
const STATES = [
  { id: ANY, name: 'Any state' },
  { id: 'active', name: 'Active' },
  { id: 'disabled', name: 'Disabled' },
] as const;

/** Sort orders for phones, which show no column headers. */
const ORDERS = COLUMNS.flatMap(({ field, name }) => {
  const [up, down] = field.endsWith('_AT') ? ['oldest first', 'newest first'] : ['A to Z', 'Z to A'];
  return [
    { id: `${field} ascending`, name: `${name}, ${up}`, order: { orderBy: field, descending: false } },
    { id: `${field} descending`, name: `${name}, ${down}`, order: { orderBy: field, descending: true } },
  ];
});

/** The filters of the list of accounts. */
export function Filters({ listing, change }: Pick<ListingPlace, 'listing' | 'change'>) {
  const { search, role, state } = listing;
  return (
    <div className="users-filters" role="search">
      <SearchField
        label="Search"
        placeholder="Name or e-mail"
        value={search}
        onSearch={(text) => change({ search: text }, true)}
      />
      <Select
        label="Role"
        options={[{ id: ANY, name: 'Any role' }, ...useKnownRoles(role)]}
        value={role ?? ANY}
        onChange={(id) => change({ role: id === ANY ? undefined : id })}
      />
      <Select
        label="State"
        options={STATES}
        value={state ?? ANY}
        onChange={(id) => change({ state: id === ANY ? undefined : id })}
      />
      <Select
        className="users-sort"
        label="Order"
        options={ORDERS}
        value={orderId(listing)}
        onChange={(id) => change(ORDERS.find((each) => each.id === id)!.order)}
      />
    </div>
  );
}

const orderId = ({ orderBy, descending }: Listing) => `${orderBy} ${descending ? 'descending' : 'ascending'}`;

/** Returns the roles, including that of the address, which is shown before the server returns the list. */
function useKnownRoles(role: string | undefined) {
  const roles = useRoles().map(({ id, name }) => ({ id, name }));
  return role === undefined || roles.some(({ id }) => id === role) ? roles : [...roles, { id: role, name: role }];
}
