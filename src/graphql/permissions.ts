import { type GraphQLSchema, isIntrospectionType, isObjectType } from 'graphql';
import type { Access } from './rules.ts';

/**
 * Every field of the schema, and who may have it. A field that is not here stops the start: nothing is open because
 * somebody forgot it. `schema/permissions.md` shows what each word means, from real requests.
 */
export const permissions: Readonly<Record<string, Readonly<Record<string, Access>>>> = {
  Query: {
    me: 'active',
    protectedData: 'active',
    adminDashboard: 'admin',
    users: 'admin',
    user: 'admin',
  },
  Mutation: {
    login: 'public',
    refresh: 'public',
    logout: 'public',
    logoutEverywhere: 'authenticated',
    changePassword: 'active',
    register: 'registration',
    createUser: 'admin',
    setUserRole: 'admin',
    setUserDisabled: 'admin',
    setUserPassword: 'admin',
    revokeUserSessions: 'admin',
    unlockUser: 'admin',
  },
  TokenPayload: {
    accessToken: 'public',
    tokenType: 'public',
    expiresIn: 'public',
    refreshToken: 'public',
  },
  User: {
    id: 'public',
    username: 'public',
    fullName: 'public',
    email: 'self or admin',
    disabled: 'self or admin',
    role: 'self or admin',
    createdAt: 'self or admin',
    lastLoginAt: 'self or admin',
  },
  ProtectedData: { message: 'active', role: 'active' },
  AdminDashboard: { message: 'admin', user: 'admin', totalUsers: 'admin', activeSessions: 'admin' },
  UserConnection: { edges: 'admin', pageInfo: 'admin', totalCount: 'admin' },
  UserEdge: { cursor: 'admin', node: 'admin' },
  PageInfo: { hasNextPage: 'public', hasPreviousPage: 'public', startCursor: 'public', endCursor: 'public' },
};

/** `Type.field` of every field a client can select. */
export function fieldsOf(schema: GraphQLSchema): string[] {
  return Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type) && !isIntrospectionType(type))
    .flatMap((type) => Object.keys(isObjectType(type) ? type.getFields() : {}).map((field) => `${type.name}.${field}`));
}

/**
 * Compares a permission table with the schema it is for.
 * Throws a plain Error that names every field without a rule, and every rule without a field.
 */
export function provePermissions(schema: GraphQLSchema, table: typeof permissions): void {
  const fields = new Set(fieldsOf(schema));
  const ruled = new Set(
    Object.entries(table).flatMap(([type, rules]) => Object.keys(rules).map((field) => `${type}.${field}`)),
  );
  const open = [...fields].filter((field) => !ruled.has(field));
  const stale = [...ruled].filter((field) => !fields.has(field));
  const faults = [
    ...(open.length > 0 ? [`no rule for ${open.join(', ')}`] : []),
    ...(stale.length > 0 ? [`a rule for ${stale.join(', ')}, which the schema does not have`] : []),
  ];
  if (faults.length > 0) throw new Error(`Permissions: ${faults.join('; ')}`);
}
