import type { Context } from '../../graphql/server/context.ts';
import { type CredentialsReason, Refusal, type RefusalDetails } from '../../kernel/errors.ts';
import { toSeconds } from '../../kernel/clock.ts';
import type { Caller } from '../../application/authentication/principal.ts';
import type { CallerIdentity } from '../transport/identity.ts';
import type { Subject } from './policies.ts';

/** The caller of one request. It is looked up once, at the first question. */
export interface RequestCaller {
  /** Returns null for an anonymous caller: no valid token, or a disabled account. Rejects with SERVICE_UNAVAILABLE. */
  subject(): Promise<Subject | null>;
  /** Returns the caller as subgraphs see it. */
  identity(): Promise<CallerIdentity>;
  /** Returns why the token is not valid or missing; empty if the caller was not looked up. */
  reason(): RefusalDetails;
}

export interface Callers {
  of(context: Context): RequestCaller;
}

/** @param signedInAt returns when a session began, by its id; null if the session has ended */
export function createCallers(signedInAt: (sid: string) => Promise<Date | null>, clock: () => number): Callers {
  return {
    of(context) {
      let reason: CredentialsReason | undefined;
      let caller: Promise<Caller | null> | undefined;
      const find = async () => {
        try {
          const found = await context.caller();
          if (found.user === null) return found;
          // A user who may only set up a second factor is anonymous to subgraphs.
          return found.user.disabled || found.mustEnrol ? null : found;
        } catch (error) {
          // A bad token must not fail public fields. An unavailable store is an error, because the caller is unknown.
          if (!(error instanceof Refusal) || error.kind !== 'CREDENTIALS') throw error;
          reason = error.reason;
          return null;
        }
      };
      const once = () => (caller ??= find());
      return {
        async subject() {
          const found = await once();
          if (!found) return null;
          const age = async (sid: string) => {
            const since = await signedInAt(sid);
            return since ? (clock() - since.getTime()) / 1000 : Infinity;
          };
          return {
            sub: found.user === null ? found.sub : found.user.username,
            role: found.user?.role ?? null,
            scopes: found.scopes,
            clientId: found.clientId,
            narrowed: found.user === null || found.narrowed,
            assurance: found.user === null ? null : found.assurance,
            fresh: found.user !== null && found.fresh,
            sessionAge: () => (found.user === null ? Promise.resolve(Infinity) : age(found.sid)),
          };
        },
        async identity() {
          const found = await once();
          if (!found) return {};
          const granted = {
            ...(found.scopes.length > 0 ? { scope: found.scopes.join(' ') } : {}),
            ...(found.clientId === null ? {} : { client_id: found.clientId }),
          };
          if (found.user === null) return { sub: found.sub, ...granted };
          const authTime = toSeconds(found.authenticatedAt.getTime());
          return {
            sub: found.user.username,
            role: found.user.role,
            ...granted,
            sid: found.sid,
            acr: found.acr,
            // Tokens of an earlier release do not tell it.
            ...(authTime === 0 ? {} : { auth_time: authTime }),
          };
        },
        reason: () => (reason === undefined ? {} : { reason }),
      };
    },
  };
}
