import type { UserOrderField, UsersQueryVariables } from './documents.ts';

export const PAGE_SIZES = [10, 25, 50, 100] as const;
const USUAL_SIZE = 25;

/** The sortable columns, in their order. */
export const COLUMNS = [
  { field: 'USERNAME', name: 'Username' },
  { field: 'FULL_NAME', name: 'Full name' },
  { field: 'EMAIL', name: 'E-mail' },
  { field: 'ROLE', name: 'Role' },
  { field: 'CREATED_AT', name: 'Created' },
  { field: 'LAST_LOGIN_AT', name: 'Last sign-in' },
] as const satisfies readonly { readonly field: UserOrderField; readonly name: string }[];

const STATES = ['active', 'disabled'] as const;
export type AccountState = (typeof STATES)[number];

/** The filters, order and page of the list. All of it is in the address, so that reload, back and links keep it. */
export interface Listing {
  readonly search: string;
  /** Undefined for any role. */
  readonly role: string | undefined;
  readonly state: AccountState | undefined;
  readonly orderBy: UserOrderField;
  readonly descending: boolean;
  readonly size: number;
  /** The cursor before the page. Undefined for the first page. */
  readonly after: string | undefined;
}

/** Reads the parameters of an address. Invalid ones count as missing. */
export function readListing(parameters: URLSearchParams): Listing {
  const sort = parameters.get('sort')?.toUpperCase();
  return {
    search: parameters.get('search') ?? '',
    role: parameters.get('role') ?? undefined,
    state: STATES.find((state) => state === parameters.get('state')),
    orderBy: COLUMNS.find(({ field }) => field === sort)?.field ?? 'USERNAME',
    descending: parameters.get('order') === 'descending',
    size: PAGE_SIZES.find((size) => String(size) === parameters.get('size')) ?? USUAL_SIZE,
    after: parameters.get('after') ?? undefined,
  };
}

/** Returns the shortest parameters that {@link readListing} reads as this listing. */
export function writeListing(listing: Listing): URLSearchParams {
  const { search, role, state, orderBy, descending, size, after } = listing;
  const parts = {
    search: search || undefined,
    role,
    state,
    sort: orderBy === 'USERNAME' ? undefined : orderBy.toLowerCase(),
    order: descending ? 'descending' : undefined,
    size: size === USUAL_SIZE ? undefined : String(size),
    after,
  };
  return new URLSearchParams(
    Object.entries(parts).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

export function toVariables({ search, role, state, size, after, ...order }: Listing): UsersQueryVariables {
  return {
    ...order,
    first: size,
    after,
    search: search || undefined,
    role,
    disabled: state && state === 'disabled',
  };
}
