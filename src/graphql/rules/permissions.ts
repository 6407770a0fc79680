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
    adminDashboard: 'active, users:read',
    users: 'active, users:read',
    user: 'active, users:read',
    clients: 'active, clients',
    auditEvents: 'active, audit:read',
    signInActivity: 'active, audit:read',
    accountRoles: 'active, users:read',
    signingKeys: 'active, keys',
    mails: 'active, mail',
    supergraph: 'active, supergraph',
    gatehouse: 'public',
    _entities: 'router',
    _service: 'router',
  },
  Mutation: {
    login: 'public',
    completeLogin: 'public',
    reauthenticate: 'enrolling, account',
    startPasskeyLogin: 'public',
    loginWithPasskey: 'public',
    refresh: 'public',
    logout: 'public',
    logoutEverywhere: 'authenticated, account',
    changePassword: 'active, account',
    updateMe: 'active, account',
    startTotp: 'enrolling, account, fresh',
    confirmTotp: 'enrolling, account',
    removeTotp: 'active, account, fresh, mfa',
    renewRecoveryCodes: 'active, account, fresh, mfa',
    startPasskey: 'enrolling, account, fresh',
    addPasskey: 'enrolling, account',
    renamePasskey: 'active, account',
    removePasskey: 'active, account, fresh',
    removePassword: 'active, account, fresh, mfa',
    revokeSession: 'own or users:write',
    register: 'registration',
    requestPasswordReset: 'password reset',
    // The link or the code is the permission.
    resetPassword: 'public',
    verifyEmail: 'public',
    undoEmailChange: 'public',
    acceptInvitation: 'public',
    requestEmailVerification: 'active, account',
    changeEmail: 'active, account, fresh',
    inviteUser: 'active, users:write, fresh',
    sendPasswordReset: 'active, users:write, fresh',
    createUser: 'active, users:write, fresh',
    updateUser: 'active, users:write, fresh',
    setUserRole: 'active, users:write, fresh',
    setUserDisabled: 'active, users:write, fresh',
    setUserPassword: 'active, users:write, fresh',
    resetUserFactors: 'active, users:write, fresh',
    revokeUserSessions: 'active, users:write',
    unlockUser: 'active, users:write',
    deleteUser: 'active, users:write, fresh',
    createClient: 'active, clients, fresh',
    removeClient: 'active, clients, fresh',
    rotateSigningKeys: 'active, keys, fresh',
    retireSigningKey: 'active, keys, fresh',
    retryMail: 'active, mail',
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
    email: 'self or users:read',
    emailVerified: 'self or users:read',
    disabled: 'self or users:read',
    role: 'self or users:read',
    createdAt: 'self or users:read',
    lastLoginAt: 'self or users:read',
    lockedUntil: 'active, users:read',
    sessions: 'self or users:read',
    factors: 'self or users:read',
  },
  // Reached only through `User.factors`, `startTotp` and `startPasskey`, whose rules decide.
  Factors: { password: 'public', totp: 'public', passkeys: 'public', recoveryCodesLeft: 'public' },
  TotpEnrolment: { secret: 'public', uri: 'public', qrCode: 'public' },
  Passkey: { id: 'public', name: 'public', createdAt: 'public', lastUsedAt: 'public', backedUp: 'public' },
  PasskeyOptions: { challenge: 'public', options: 'public' },
  PasswordResetLink: { link: 'active, users:write', code: 'active, users:write', expiresAt: 'active, users:write' },
  Invitation: {
    user: 'active, users:write',
    link: 'active, users:write',
    code: 'active, users:write',
    expiresAt: 'active, users:write',
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
    message: 'active, users:read',
    user: 'active, users:read',
    totalUsers: 'active, users:read',
    activeSessions: 'active, users:read',
  },
  UserConnection: { edges: 'active, users:read', pageInfo: 'active, users:read', totalCount: 'active, users:read' },
  UserEdge: { cursor: 'active, users:read', node: 'active, users:read' },
  AuditEventConnection: { edges: 'active, audit:read', pageInfo: 'active, audit:read' },
  AuditEventEdge: { cursor: 'active, audit:read', node: 'active, audit:read' },
  AuditEvent: {
    id: 'active, audit:read',
    at: 'active, audit:read',
    type: 'active, audit:read',
    actor: 'active, audit:read',
    subject: 'active, audit:read',
    address: 'active, audit:read',
    userAgent: 'active, audit:read',
    requestId: 'active, audit:read',
    detail: 'active, audit:read',
  },
  AuditDetail: { name: 'active, audit:read', value: 'active, audit:read' },
  SignInActivity: {
    at: 'active, audit:read',
    signIns: 'active, audit:read',
    failures: 'active, audit:read',
    limited: 'active, audit:read',
    reuses: 'active, audit:read',
  },
  AccountRole: { name: 'active, users:read', scopes: 'active, users:read' },
  SigningKey: {
    kid: 'active, keys',
    algorithm: 'active, keys',
    state: 'active, keys',
    since: 'active, keys',
  },
  MailConnection: { edges: 'active, mail', pageInfo: 'active, mail' },
  MailEdge: { cursor: 'active, mail', node: 'active, mail' },
  Mail: {
    id: 'active, mail',
    template: 'active, mail',
    recipient: 'active, mail',
    state: 'active, mail',
    attempts: 'active, mail',
    createdAt: 'active, mail',
    dueAt: 'active, mail',
    finishedAt: 'active, mail',
    error: 'active, mail',
  },
  Supergraph: {
    state: 'active, supergraph',
    reason: 'active, supergraph',
    changedAt: 'active, supergraph',
    subgraphs: 'active, supergraph',
  },
  Subgraph: {
    name: 'active, supergraph',
    url: 'active, supergraph',
    composed: 'active, supergraph',
    state: 'active, supergraph',
    reason: 'active, supergraph',
    milliseconds: 'active, supergraph',
  },
  // The sign-in page needs it before anyone has signed in.
  Gatehouse: { registrationOpen: 'public', passkeys: 'public', passwordReset: 'public', secondFactor: 'public' },
  Client: {
    id: 'active, clients',
    name: 'active, clients',
    public: 'active, clients',
    pkce: 'active, clients',
    redirectUris: 'active, clients',
    grantTypes: 'active, clients',
    scopes: 'active, clients',
    createdAt: 'active, clients',
  },
  CreatedClient: { client: 'active, clients', secret: 'active, clients' },
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
