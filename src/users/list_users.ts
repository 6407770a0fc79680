import { foldSearch } from '../kernel/email.ts';
import { query, type Db } from '../store/database/database.ts';
import { type User, UserEntity } from './user.entity.ts';

/** A key of an order. It is never null: a page after a null could not be found. */
interface Key {
  readonly sql: string;
  readonly isTime: boolean;
  /** The key as text, and the key from such a text. Texts hold microseconds, which a `Date` cannot. */
  readonly asText: string;
  readonly ofText: string;
}

const text = (sql: string): Key => ({ sql, isTime: false, asText: sql, ofText: '?' });
const time = (sql: string): Key => ({
  sql,
  isTime: true,
  asText: `(extract(epoch from ${sql}) * 1000000)::bigint::text`,
  ofText: 'to_timestamp(?::float8 / 1000000)',
});

/** A missing full name sorts as an empty one, a missing login as the earliest. */
const KEYS = {
  USERNAME: text('u.username'),
  EMAIL: text('lower(u.email)'),
  FULL_NAME: text("coalesce(lower(u.full_name), '')"),
  ROLE: text('u.role'),
  CREATED_AT: time('u.created_at'),
  LAST_LOGIN_AT: time('coalesce(u.last_login_at, to_timestamp(0))'),
} as const satisfies Record<string, Key>;

export type UserOrder = keyof typeof KEYS;

/** Returns whether the keys of an order are times: whole microseconds since 1970, as digits. */
export function isByTime(order: UserOrder): boolean {
  return KEYS[order].isTime;
}

/** A place in an order: the key as text, and the user name to separate equal keys. */
export interface UserPlace {
  readonly key: string;
  readonly username: string;
}

export interface UserFilter {
  /** A part of the user name, full name or e-mail address, in any case; of the address in any spelling of `foldEmail`. */
  readonly search?: string | undefined;
  readonly role?: string | undefined;
  readonly disabled?: boolean | undefined;
}

export interface UserPageOptions extends UserFilter {
  readonly first: number;
  readonly order: UserOrder;
  readonly descending: boolean;
  /** The last place of the previous page. */
  readonly after?: UserPlace | undefined;
}

export interface UserPage {
  readonly users: readonly { readonly user: User; readonly place: UserPlace }[];
  readonly total: number;
  readonly hasNext: boolean;
  readonly hasPrevious: boolean;
}

interface UserCondition {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** Returns a page of accounts in an order. An account that does not change meanwhile is on one page, once. */
export async function listUsers(db: Db, options: UserPageOptions): Promise<UserPage> {
  const { first, order, descending, after } = options;
  const { sql: key, asText } = KEYS[order];
  const filter = filterOf(options);
  const page = after ? and(filter, beside(order, descending ? '<' : '>', after)) : filter;
  const direction = descending ? 'desc' : 'asc';
  const rows = await query<{ id: string; key: string }>(
    db,
    `select u.id, ${asText} as key from users u where ${page.sql}
    order by ${key} ${direction}, u.username ${direction} limit ${first + 1}`,
    page.values,
  );
  const before = after && and(filter, beside(order, descending ? '>=' : '<=', after));
  const [counts] = await query<{ total: number; hasPrevious: boolean }>(
    db,
    `select (select count(*) from users u where ${filter.sql})::int as total,
      ${before ? `exists (select 1 from users u where ${before.sql})` : 'false'} as "hasPrevious"`,
    [...filter.values, ...(before?.values ?? [])],
  );
  const shown = rows.slice(0, first);
  const found = await db.find(UserEntity, { id: { $in: shown.map(({ id }) => id) } });
  const byId = new Map(found.map((user) => [user.id, user]));
  return {
    users: shown.flatMap(({ id, key }) => {
      const user = byId.get(id);
      return user ? { user, place: { key, username: user.username } } : [];
    }),
    total: counts!.total,
    hasNext: rows.length > first,
    hasPrevious: counts!.hasPrevious,
  };
}

function filterOf({ search, role, disabled }: UserFilter): UserCondition {
  return and(
    { sql: 'u.deleted_at is null', values: [] },
    ...(search ? [matching(search)] : []),
    ...(role === undefined ? [] : [{ sql: 'u.role = ?', values: [role] }]),
    ...(disabled === undefined ? [] : [{ sql: 'u.disabled = ?', values: [disabled] }]),
  );
}

function matching(search: string): UserCondition {
  const [typed, folded] = [search, foldSearch(search)].map(
    (text) => `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`,
  );
  return {
    sql: '(u.username ilike ? or u.full_name ilike ? or u.email ilike ? or u.email_key like ?)',
    values: [typed, typed, typed, folded],
  };
}

function beside(order: UserOrder, comparison: '<' | '<=' | '>' | '>=', { key, username }: UserPlace): UserCondition {
  const { sql, ofText } = KEYS[order];
  return { sql: `(${sql}, u.username) ${comparison} (${ofText}, ?)`, values: [key, username] };
}

function and(...conditions: readonly UserCondition[]): UserCondition {
  return {
    sql: conditions.map(({ sql }) => sql).join(' and '),
    values: conditions.flatMap(({ values }) => values),
  };
}
