import { randomUUID } from 'node:crypto';
import { record } from '../../audit/audit.ts';
import { invalidInput, Refusal } from '../../kernel/errors.ts';
import type { RequestInfo } from '../../kernel/request_info.ts';
import { limitKey } from '../../limits/client_address.ts';
import type { Proof } from '../../proofs/proofs.ts';
import type { Db } from '../../store/database/database.ts';
import { findAddressee } from '../../users/email_claims.ts';
import { findUserById } from '../../users/users.ts';
import type { User } from '../../users/user.entity.ts';
import type { LinkPurpose } from '../foundation/mailed_links.ts';
import type { Services } from '../foundation/services.ts';

/** The part of a mail that a person shows: the token of its link, or its code together with the account. */
export interface ShownLink {
  readonly token?: string | null | undefined;
  /** Beside a token, it must be the code of the same mail. The pages of this server ask for it. */
  readonly code?: string | null | undefined;
  /** The user name or the e-mail address of the account, as typed. */
  readonly account?: string | null | undefined;
}

/** An open proof, and its account as it was just now. The caller checks both again under the account's lock. */
export interface FoundLink {
  readonly purpose: LinkPurpose;
  readonly proof: Proof;
  readonly user: User;
}

/**
 * Returns the proof that a person shows, without using it up.
 * @param purposes the purposes that are accepted
 * @throws BAD_USER_INPUT if neither a token nor a code with its account is shown
 * @throws MAILED_LINK for everything else that is wrong; RATE_LIMITED, SERVICE_UNAVAILABLE
 */
export type FindLink = (shown: ShownLink, purposes: readonly LinkPurpose[], request: RequestInfo) => Promise<FoundLink>;

export function createFindLink(
  services: Pick<Services, 'database' | 'proofs' | 'quotas' | 'unknownNames' | 'clock'>,
): FindLink {
  const { database, proofs, quotas, unknownNames, clock } = services;

  async function findByToken(
    db: Db,
    { token, code }: { readonly token: string; readonly code: string | null },
    purpose: LinkPurpose,
  ): Promise<Proof | null> {
    const proof = await proofs.find(db, { purpose, token });
    if (!proof || proof.usedAt !== null || proof.expiresAt.getTime() <= clock()) return null;
    if (code === null) return proof;
    return (await proofs.confirms(db, proof, { purpose, userId: proof.userId, code })) ? proof : null;
  }

  /**
   * Counts an attempt at the codes of the account. An unknown name takes the same statements. Threat: the time of a
   * wrong code would reveal which accounts exist.
   */
  async function findByCode(
    { code, typed }: { readonly code: string; readonly typed: string },
    purposes: readonly LinkPurpose[],
    request: RequestInfo,
  ) {
    return database.transaction(async (db) => {
      const account = await findAddressee(db, typed.trim());
      const digest = unknownNames.digest(typed);
      for (const purpose of purposes) {
        const proof = await proofs.attemptCode(db, { purpose, userId: account?.id ?? randomUUID(), code });
        if (proof) return { purpose, proof };
      }
      const subject = account?.username ?? digest;
      const detail = { purpose: purposes.join(' ') };
      record(db, { type: 'link.refused', subject, detail, at: new Date(clock()) }, { actor: null, request });
      return null;
    });
  }

  async function find(shown: ShownLink, purposes: readonly LinkPurpose[], request: RequestInfo) {
    const { token, code, account } = shown;
    if (token != null) {
      return database.run(async (db) => {
        for (const purpose of purposes) {
          const proof = await findByToken(db, { token, code: code ?? null }, purpose);
          if (proof) return { purpose, proof };
        }
        return null;
      });
    }
    if (code == null || account == null) throw invalidInput({ field: 'token', code: 'REQUIRED' });
    return findByCode({ code, typed: account }, purposes, request);
  }

  return async (shown, purposes, request) => {
    await quotas.spend('shownLinks', limitKey(request.address));
    const found = await find(shown, purposes, request);
    const user = found && (await database.run((db) => findUserById(db, found.proof.userId)));
    if (!user || user.disabled) throw new Refusal('MAILED_LINK');
    return { ...found, user };
  };
}
