import { describe, expect, it } from '@jest/globals';
import { buildSchema } from 'graphql';
import { buildShieldedSchema, emitSchema, emitSubgraph } from '../../src/graphql/schema/schema.ts';
import { permissions } from '../../src/graphql/rules/permissions.ts';
import type { UseCases } from '../../src/application/use_cases.ts';
import { expectCommitted } from '../support/expect_committed.ts';

const build = (table: typeof permissions) =>
  buildShieldedSchema(
    {} as UseCases,
    {
      registrationOpen: false,
      passkeys: true,
      passwordReset: false,
      factors: { allowed: true, required: [] },
      supergraph: async () => null,
    },
    table,
  );

describe('the schema', () => {
  it('equals the committed files', () => {
    expectCommitted('schema/schema.graphql', emitSchema());
    expectCommitted('schema/subgraph.graphql', emitSubgraph());
  });

  it('hides the fields for routers from clients', () => {
    expect(emitSchema()).not.toMatch(/\b_\w|@|federation/);
  });

  it('has every field of the contract, and these additional ones', () => {
    const { User, Session, TokenPayload, Query, Mutation, CreatedClient } = buildSchema(
      emitSchema(),
    ).getTypeMap() as never as Record<
      string,
      { getFields(): Record<string, { type: unknown; args: { name: string }[] }> }
    >;
    const signatures = (type: typeof User) =>
      Object.entries(type!.getFields()).map(([name, { type: of, args }]) =>
        args.length > 0
          ? `${name}(${args.map((arg) => arg.name).join(', ')}): ${String(of)}`
          : `${name}: ${String(of)}`,
      );
    expect(signatures(Query)).toEqual([
      'accountRoles: [AccountRole!]!',
      'adminDashboard: AdminDashboard!',
      'auditEvents(address, after, first, from, to, type, username): AuditEventConnection!',
      'clients: [Client!]!',
      'gatehouse: Gatehouse!',
      'mails(after, first, recipient, state): MailConnection!',
      'me: User!',
      'protectedData: ProtectedData!',
      'signInActivity(from, step, to): [SignInActivity!]!',
      'signingKeys: [SigningKey!]!',
      'supergraph: Supergraph',
      'user(username): User',
      'users(after, descending, disabled, first, orderBy, role, search): UserConnection!',
    ]);
    expect(signatures(Mutation)).toEqual([
      'acceptInvitation(code, password, token): Boolean!',
      'addPasskey(challenge, name, response): Passkey!',
      'changeEmail(email): Boolean!',
      'changePassword(currentPassword, newPassword): Boolean!',
      'completeLogin(delivery, passkey, recoveryCode, ticket, totp): TokenPayload!',
      'confirmTotp(code): [String!]!',
      'createClient(input): CreatedClient!',
      'createUser(input): User!',
      'deleteUser(username): Boolean!',
      'inviteUser(input): Invitation!',
      'login(delivery, password, username): TokenPayload!',
      'loginWithPasskey(challenge, delivery, response): TokenPayload!',
      'logout(refreshToken): Boolean!',
      'logoutEverywhere: Int!',
      'reauthenticate(passkey, password, recoveryCode, totp): TokenPayload!',
      'refresh(refreshToken): TokenPayload!',
      'register(input): User!',
      'removeClient(id): Boolean!',
      'removePasskey(id): Boolean!',
      'removePassword: Boolean!',
      'removeTotp: Boolean!',
      'renamePasskey(id, name): Passkey!',
      'renewRecoveryCodes: [String!]!',
      'requestEmailVerification: Boolean!',
      'requestPasswordReset(account): Boolean!',
      'resetPassword(account, code, newPassword, token): Boolean!',
      'resetUserFactors(reason, username): User!',
      'retireSigningKey(kid): [SigningKey!]!',
      'retryMail(id): Mail!',
      'revokeSession(id): Boolean!',
      'revokeUserSessions(username): Int!',
      'rotateSigningKeys(now): [SigningKey!]!',
      'sendPasswordReset(username): PasswordResetLink!',
      'setUserDisabled(disabled, username): User!',
      'setUserPassword(newPassword, username): User!',
      'setUserRole(role, username): User!',
      'startPasskey: PasskeyOptions!',
      'startPasskeyLogin(ticket): PasskeyOptions!',
      'startTotp: TotpEnrolment!',
      'undoEmailChange(code, token): Boolean!',
      'unlockUser(username): User!',
      'updateMe(input): User!',
      'updateUser(input, username): User!',
      'verifyEmail(account, code, token): Boolean!',
    ]);
    expect(signatures(User)).toEqual([
      'createdAt: DateTime',
      'disabled: Boolean',
      'email: String',
      'emailVerified: Boolean',
      'factors: Factors',
      'fullName: String',
      'id: ID!',
      'lastLoginAt: DateTime',
      'lockedUntil: DateTime',
      'role: String',
      'sessions: [Session!]',
      'username: String!',
    ]);
    expect(signatures(Session)).toEqual([
      'address: String!',
      'client: String',
      'createdAt: DateTime!',
      'current: Boolean!',
      'expiresAt: DateTime!',
      'id: ID!',
      'lastUsedAt: DateTime!',
      'userAgent: String',
    ]);
    expect(signatures(CreatedClient)).toEqual(['client: Client!', 'secret: String']);
    expect(signatures(TokenPayload)).toEqual([
      'accessToken: String!',
      'expiresIn: Int!',
      'refreshToken: String',
      'tokenType: String!',
    ]);
  });
});

describe('the permission table', () => {
  it('stops the start and names each field without a rule', () => {
    const { email: _email, ...user } = permissions['User']!;
    const { ProtectedData: _type, ...rest } = permissions;
    expect(() => build({ ...rest, User: user })).toThrow(
      'Permissions: no rule for ProtectedData.message, ProtectedData.role, User.email',
    );
  });

  it('stops the start and names each rule without a field', () => {
    expect(() => build({ ...permissions, Query: { ...permissions['Query'], everything: 'public' } })).toThrow(
      'Permissions: a rule for Query.everything, which the schema does not have',
    );
  });

  it('is complete', () => {
    expect(() => build(permissions)).not.toThrow();
  });
});
