import { record } from '../../audit/audit.ts';
import { userActor } from '../../kernel/actor.ts';
import type { RequestInfo } from '../../kernel/request_info.ts';
import { nameOf } from '../../users/users.ts';
import type { Principal } from '../authentication/principal.ts';
import type { UnitOfWork } from '../foundation/unit_of_work.ts';
import type { Services } from '../foundation/services.ts';

/** Ends the sessions of a refresh token, an access token or both. @returns whether there was a session to end */
export type Logout = (
  shown: { readonly refreshToken: string | null; readonly principal: Principal | null },
  request: RequestInfo,
) => Promise<boolean>;

/** Ends every session of an account, including the current one. @returns the number of ended sessions */
export type LogoutEverywhere = (principal: Principal, request: RequestInfo) => Promise<number>;

export function createLogout(
  { refreshTokens, sessions, accessTokens, clock }: Services,
  unitOfWork: UnitOfWork,
): Logout {
  return async ({ refreshToken, principal }, request) => {
    const token = refreshToken === null ? null : refreshTokens.parse(refreshToken);
    if (!token && !principal) return false;

    return unitOfWork(async (db, effects) => {
      const at = new Date(clock());
      const shown = token && (await sessions.lockOf(db, token));
      const ids = new Set([shown?.id, principal?.sid].filter((id) => id !== undefined));
      let over = false;
      for (const id of [...ids].sort()) {
        const ended = await sessions.end(db, { id }, { by: 'logout', at });
        effects.denySessions(ended);
        for (const { userId } of ended) {
          const subject = await nameOf(db, userId);
          const by = { actor: userActor({ id: userId, username: subject }), request };
          record(db, { type: 'session.ended', subject, detail: { session: id, by: 'logout' }, at }, by);
        }
        over ||= ended.length > 0;
      }
      // Denied even if the session had ended before, as after a disabling: a token never works after its logout.
      if (principal) {
        effects.deny({ subject: `jti:${principal.jti}`, until: new Date(principal.expiresAt * 1000) });
        effects.deny({ subject: `sid:${principal.sid}`, until: new Date(at.getTime() + accessTokens.lifetime * 1000) });
        over = true;
      }
      return over;
    });
  };
}

export function createLogoutEverywhere({ sessions, clock }: Services, unitOfWork: UnitOfWork): LogoutEverywhere {
  return ({ user, jti, expiresAt }, request) =>
    unitOfWork(async (db, effects) => {
      const at = new Date(clock());
      const ended = await sessions.end(db, { userId: user.id }, { by: 'logout', at });
      effects.denySessions(ended);
      effects.deny({ subject: `jti:${jti}`, until: new Date(expiresAt * 1000) });
      const detail = { sessionsEnded: ended.length, by: 'logout' };
      record(db, { type: 'session.ended', subject: user.username, detail, at }, { actor: userActor(user), request });
      return ended.length;
    });
}
