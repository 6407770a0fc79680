import { type GraphQLSchema, isIntrospectionType, isObjectType } from 'graphql';
import type { Access } from './rules.ts';

/**
 * Every field of the schema with the access that it requires. The server does not start if a field is missing here, so
 * that no field is open by mistake. `schema/permissions.md` shows the effect of each word, from real requests.
 */
export const permissions: Readonly<Record<string, Readonly<Record<string, Access>>>> = {
  Query: {
    me: 'active, account',
    protectedData: 'active, account',
    adminDashboard: 'admin, users:read',
    users: 'admin, users:read',
    user: 'admin, users:read',
    clients: 'admin, clients',
    auditEvents: 'admin, audit:read',
    signInActivity: 'admin, audit:read',
    accountRoles: 'admin, users:read',
    signingKeys: 'admin, keys',
    supergraph: 'admin, supergraph',
    gatehouse: 'public',
    _entities: 'router',
    _service: 'router',
  },
  Mutation: {
    login: 'public',
    refresh: 'public',
    logout: 'public',
    logoutEverywhere: 'authenticated, account',
    changePassword: 'active, account',
    updateMe: 'active, account',
    revokeSession: 'own or admin',
    register: 'registration',
    createUser: 'admin, users:write',
    updateUser: 'admin, users:write',
    setUserRole: 'admin, users:write',
    setUserDisabled: 'admin, users:write',
    setUserPassword: 'admin, users:write',
    revokeUserSessions: 'admin, users:write',
    unlockUser: 'admin, users:write',
    deleteUser: 'admin, users:write',
    createClient: 'admin, clients',
    removeClient: 'admin, clients',
    rotateSigningKeys: 'admin, keys',
    retireSigningKey: 'admin, keys',
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
    lockedUntil: 'admin, users:read',
    sessions: 'self or admin',
  },
  // Reached only through `User.sessions`, whose rule decides.
  Session: {
    id: 'public',
    createdAt: 'public',
    lastUsedAt: 'public',
    expiresAt: 'public',
    address: 'public',
    userAgent: 'public',
    client: 'public',
    current: 'public',
  },
  ProtectedData: { message: 'active, account', role: 'active, account' },
  AdminDashboard: {
    message: 'admin, users:read',
    user: 'admin, users:read',
    totalUsers: 'admin, users:read',
    activeSessions: 'admin, users:read',
  },
  UserConnection: { edges: 'admin, users:read', pageInfo: 'admin, users:read', totalCount: 'admin, users:read' },
  UserEdge: { cursor: 'admin, users:read', node: 'admin, users:read' },
  AuditEventConnection: { edges: 'admin, audit:read', pageInfo: 'admin, audit:read' },
  AuditEventEdge: { cursor: 'admin, audit:read', node: 'admin, audit:read' },
  AuditEvent: {
    id: 'admin, audit:read',
    at: 'admin, audit:read',
    type: 'admin, audit:read',
    actor: 'admin, audit:read',
    subject: 'admin, audit:read',
    address: 'admin, audit:read',
    userAgent: 'admin, audit:read',
    requestId: 'admin, audit:read',
    detail: 'admin, audit:read',
  },
  AuditDetail: { name: 'admin, audit:read', value: 'admin, audit:read' },
  SignInActivity: {
    at: 'admin, audit:read',
    signIns: 'admin, audit:read',
    failures: 'admin, audit:read',
    limited: 'admin, audit:read',
    reuses: 'admin, audit:read',
  },
  AccountRole: { name: 'admin, users:read', scopes: 'admin, users:read' },
  SigningKey: {
    kid: 'admin, keys',
    algorithm: 'admin, keys',
    state: 'admin, keys',
    since: 'admin, keys',
  },
  Supergraph: {
    state: 'admin, supergraph',
    reason: 'admin, supergraph',
    changedAt: 'admin, supergraph',
    subgraphs: 'admin, supergraph',
  },
  Subgraph: {
    name: 'admin, supergraph',
    url: 'admin, supergraph',
    composed: 'admin, supergraph',
    state: 'admin, supergraph',
    reason: 'admin, supergraph',
    milliseconds: 'admin, supergraph',
  },
  // The sign-in page needs it before anyone has signed in.
  Gatehouse: { registrationOpen: 'public' },
  Client: {
    id: 'admin, clients',
    name: 'admin, clients',
    public: 'admin, clients',
    pkce: 'admin, clients',
    redirectUris: 'admin, clients',
    grantTypes: 'admin, clients',
    scopes: 'admin, clients',
    createdAt: 'admin, clients',
  },
  CreatedClient: { client: 'admin, clients', secret: 'admin, clients' },
  PageInfo: { hasNextPage: 'public', hasPreviousPage: 'public', startCursor: 'public', endCursor: 'public' },
  _Service: { sdl: 'router' },
};

/** Returns `Type.field` of every field that a client can select. */
function fieldsOf(schema: GraphQLSchema): string[] {
  return Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type) && !isIntrospectionType(type))
    .flatMap((type) => Object.keys(isObjectType(type) ? type.getFields() : {}).map((field) => `${type.name}.${field}`));
}

/**
 * Compares a permission table with its schema.
 * @throws Error that names every field without a rule, and every rule without a field
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
