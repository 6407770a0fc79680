import { record } from '../../audit/audit.ts';
import { type Invocation, actorName, userActor } from '../../kernel/actor.ts';
import { Refusal } from '../../kernel/errors.ts';
import type { RequestInfo } from '../../kernel/request_info.ts';
import type { Db } from '../../store/database/database.ts';
import { ownsEmail } from '../../users/email_claims.ts';
import { checkProfile, createUser, findUser, lockUser, type ProfileInput } from '../../users/users.ts';
import type { User } from '../../users/user.entity.ts';
import { checkAuthorityOver } from '../authentication/authority.ts';
import { makeLink } from '../foundation/mailed_links.ts';
import { checkRole } from '../foundation/scopes.ts';
import type { Services } from '../foundation/services.ts';
import { turnOf } from '../foundation/turn.ts';
import type { UnitOfWork } from '../foundation/unit_of_work.ts';
import type { FindLink, ShownLink } from './find_link.ts';
import { type HandedLink, handOver } from './hand_over.ts';

export type InvitationInput = ProfileInput & { readonly role: string };

export interface MadeInvitation extends HandedLink {
  readonly user: User;
}

/**
 * Invitations. The account exists from the invitation on, so that no other account gets its name; it has no password, and
 * no session can be opened before the invitation is accepted.
 */
export interface Invitations {
  /**
   * Invites a person, or sends a new link to a person who has not accepted yet. Earlier links are void.
   * @throws BAD_USER_INPUT; CONFLICT for a name or an address that is taken; FORBIDDEN, SERVICE_UNAVAILABLE
   */
  invite(input: InvitationInput, by: Invocation): Promise<MadeInvitation>;
  /**
   * Sets the first password of an invited account. A mailed link also verifies the address.
   * @throws MAILED_LINK, BAD_USER_INPUT (the password), RATE_LIMITED, OVERLOADED, SERVICE_UNAVAILABLE
   */
  accept(shown: ShownLink, password: string, request: RequestInfo): Promise<void>;
}

export function createInvitations(services: Services, findLink: FindLink, unitOfWork: UnitOfWork): Invitations {
  const { hasher, checkPassword, proofs, outbox, clock, settings } = services;

  /** Returns the account of an earlier invitation with the same name and address, under its lock; null otherwise. */
  async function findInvited(db: Db, { username, email }: { username: string; email: string }): Promise<User | null> {
    const found = await findUser(db, username);
    const user = found && (await lockUser(db, found.id));
    return user?.invitedAt && user.email === email ? user : null;
  }

  return {
    async invite(input, by) {
      const { roles } = settings;
      checkRole(roles, input.role);
      checkAuthorityOver(roles, by.actor, input.role);
      const profile = checkProfile(input);
      return unitOfWork(async (db) => {
        const at = new Date(clock());
        const invited = await findInvited(db, profile);
        if (invited) checkAuthorityOver(roles, by.actor, invited.role);
        const account = { ...profile, role: input.role, passwordHash: null, invitedAt: at };
        const user = invited ?? (await createUser(db, account, at));
        const { id: userId, username, email } = user;
        await proofs.endAll(db, userId, ['invitation']);
        const data = { email, mailed: settings.hasMailServer };
        const link = await makeLink(services, db, { purpose: 'invitation', userId, data });
        if (settings.hasMailServer && email != null) {
          const values = { username, invitedBy: actorName(by.actor) ?? 'the server', ...link };
          await outbox.add(db, { template: 'invitation', to: email, userId, data: values }, at);
        }
        record(db, { type: 'user.invited', subject: username, detail: { role: user.role }, at }, by);
        return { user, ...handOver(settings, link) };
      });
    },

    async accept(shown, password, request) {
      const { proof, user: found } = await findLink(shown, ['invitation'], request);
      await checkPassword(password, { username: found.username, email: found.email ?? '' });
      const passwordHash = await hasher.hash(password, turnOf(request, found.username));
      await unitOfWork(async (db, effects) => {
        const user = await lockUser(db, proof.userId);
        const isStanding = user?.invitedAt && !user.disabled && user.email === proof.data['email'];
        if (!isStanding || !(await proofs.use(db, proof))) throw new Refusal('MAILED_LINK');
        const at = new Date(clock());
        user.passwordHash = passwordHash;
        user.invitedAt = null;
        if (proof.data['mailed'] === true && ownsEmail(user)) user.emailVerifiedAt ??= at;
        effects.changed(user);
        await proofs.endAll(db, user.id);
        record(
          db,
          { type: 'user.invitation_accepted', subject: user.username, at },
          { actor: userActor(user), request },
        );
      });
    },
  };
}
