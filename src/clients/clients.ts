import { LockMode } from '@mikro-orm/core';
import { z } from 'zod';
import { Refusal } from '../kernel/errors.ts';
import type { Fault } from '../kernel/field_faults.ts';
import { failsWith, schemaFaults } from '../kernel/schema_faults.ts';
import { digest, equal, random } from '../kernel/secret.ts';
import { LONGEST_SCOPE } from '../kernel/token_limits.ts';
import type { Db } from '../store/database/database.ts';
import { type Client, ClientEntity } from './client.entity.ts';
import { redirectUriFault } from './redirect_uri.ts';

/** The grant types that a client may be registered for, as in `grant_type`. */
export const GRANT_TYPES = ['authorization_code', 'refresh_token', 'client_credentials', 'password'] as const;
export type GrantType = (typeof GRANT_TYPES)[number];

export interface NewClient {
  /** The name on the consent page. */
  readonly name: string;
  /** True for a client that cannot keep a secret, such as one in a browser or on a phone (RFC 6749 section 2.1). */
  readonly public: boolean;
  /**
   * True (the default) if it must use PKCE for codes. A confidential client may use its secret and `state` instead (RFC
   * 9700 section 2.1.1); a public client may not.
   */
  readonly pkce?: boolean;
  readonly redirectUris: readonly string[];
  readonly grantTypes: readonly string[];
  readonly scopes: readonly string[];
}

/** Returns whether a text is a list of scopes (RFC 6749 section 3.3) that fits into a token. */
export function isScopeList(text: string): boolean {
  return text.length <= LONGEST_SCOPE && /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/.test(text);
}

const unique = (texts: readonly string[]) => [...new Set(texts)];

const shape = z
  .object({
    name: z
      .string()
      .trim()
      .min(1)
      .max(100)
      // A lone surrogate cannot be stored or logged.
      .refine((name) => name.isWellFormed(), failsWith({ code: 'NOT_UNICODE' }))
      // Threat: with direction marks, a name reads as another one.
      .refine((name) => !/[\p{Cc}\p{Cf}]/u.test(name), failsWith({ code: 'CONTROL_CHARACTERS' })),
    public: z.boolean(),
    pkce: z.boolean().default(true),
    redirectUris: z
      .array(
        z.string().superRefine((uri, { addIssue }) => {
          const reason = redirectUriFault(uri);
          if (reason !== undefined) addIssue(failsWith({ code: 'INVALID_URI', reason }));
        }),
      )
      .max(20)
      .transform(unique),
    grantTypes: z.array(z.enum(GRANT_TYPES)).min(1).transform(unique),
    scopes: z
      .array(
        z
          .string()
          .min(1)
          .max(100)
          .refine(
            (scope) => /^[\x21\x23-\x5b\x5d-\x7e]*$/.test(scope),
            failsWith({ code: 'MALFORMED', expected: 'SCOPE' }),
          ),
      )
      .max(50)
      .transform(unique)
      .refine((scopes) => isScopeList(scopes.join(' ')), failsWith({ code: 'TOO_LONG_TOGETHER', max: LONGEST_SCOPE })),
  })
  .superRefine(({ public: isPublic, pkce, redirectUris, grantTypes }, { addIssue }) => {
    const report = (field: string, fault: Fault) => addIssue({ ...failsWith(fault), path: [field] });
    const codes = grantTypes.includes('authorization_code');
    if (codes !== redirectUris.length > 0) {
      report('redirectUris', { code: codes ? 'REQUIRED_WITH' : 'ONLY_WITH', with: 'authorization_code' });
    }
    // Threat: a stolen code (RFC 9700 section 2.1.1). Without a secret, only PKCE ties a code to the client that
    // requested it.
    if (isPublic && !pkce) report('pkce', { code: 'REQUIRED_WITH', with: 'public' });
    // Threat: without a secret, any program could claim to be this client (RFC 6749 section 4.4).
    if (isPublic && grantTypes.includes('client_credentials')) {
      report('grantTypes', { code: 'NOT_WITH', value: 'client_credentials', with: 'public' });
    }
    if (grantTypes.includes('refresh_token') && !codes && !grantTypes.includes('password')) {
      report('grantTypes', { code: 'INCOMPLETE', value: 'refresh_token', oneOf: ['authorization_code', 'password'] });
    }
  });

/**
 * Registers a client under a generated id, with a secret of 256 random bits, which is returned only here. The SHA-256
 * is stored: such a secret cannot be guessed, and `/introspect` needs a fast check.
 * @returns the client and its secret; null for a public client
 * @throws Refusal BAD_USER_INPUT with all faults
 */
export function addClient(db: Db, input: NewClient, now: Date): { client: Client; secret: string | null } {
  const { success, data, error } = shape.safeParse(input);
  if (!success) throw new Refusal('BAD_USER_INPUT', { fields: schemaFaults(error) });
  const { public: isPublic, ...kept } = data;
  const secret = isPublic ? null : random(32).toString('base64url');
  const client = db.create(ClientEntity, {
    id: `${slug(data.name)}-${random(8).toString('hex')}`,
    ...kept,
    secretDigest: secret === null ? null : digest(secret),
    createdAt: now,
    removedAt: null,
  });
  db.persist(client);
  return { client, secret };
}

/**
 * Returns whether the client still exists, for a change that has just added a row that refers to it. Adding the row
 * waited for a concurrent removal of the client, and that removal did not see the row when it ended the client's
 * sessions.
 */
export async function isStillThere(db: Db, { id }: Client): Promise<boolean> {
  await db.flush();
  return (await findClient(db, id)) !== null;
}

/** Returns the client of an id as sent, or null. Removed clients are not found. */
export async function findClient(db: Db, id: string): Promise<Client | null> {
  return /^[a-z0-9._-]{3,64}$/.test(id) ? db.findOne(ClientEntity, { id, removedAt: null }) : null;
}

/** Locks a client's row and returns it, so that no session is opened for it meanwhile. */
export async function lockClient(db: Db, id: string): Promise<Client | null> {
  const found = await findClient(db, id);
  return found && db.findOne(ClientEntity, { id, removedAt: null }, { lockMode: LockMode.PESSIMISTIC_WRITE });
}

/** Returns the clients that are not removed, by name. */
export async function listClients(db: Db): Promise<Client[]> {
  return db.find(ClientEntity, { removedAt: null }, { orderBy: { name: 'asc', id: 'asc' } });
}

/** Returns whether a client has no secret (RFC 6749 section 2.1). */
export function isPublic(client: Pick<Client, 'secretDigest'>): boolean {
  return client.secretDigest == null;
}

/** Authenticates a client: a confidential client by its secret, a public one by having none. */
export function proves(client: Client, secret: string | null): boolean {
  if (client.secretDigest == null) return secret === null;
  return secret !== null && equal(digest(secret), Buffer.from(client.secretDigest));
}

function slug(name: string): string {
  const text = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 24);
  return text.replaceAll(/^-+|-+$/g, '') || 'client';
}
