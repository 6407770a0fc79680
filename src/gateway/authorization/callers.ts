import type { Context } from '../../graphql/server/context.ts';
import { type CredentialsReason, Refusal, type RefusalDetails } from '../../kernel/errors.ts';
import type { Caller } from '../../application/authentication/principal.ts';
import type { Asker } from '../transport/identity.ts';
import type { Subject } from './policies.ts';

/** Who asks in one request, found out once, and only where something depends on it. */
export interface RequestCaller {
  /** Null for the anonymous: without a token that counts, or of an account that is disabled. Throws SERVICE_UNAVAILABLE. */
  subject(): Promise<Subject | null>;
  /** The same for subgraphs. */
  asker(): Promise<Asker>;
  /** Why a token that was sent does not count, or that none was, where that was found out. */
  reason(): RefusalDetails;
}

export interface Callers {
  of(context: Context): RequestCaller;
}

/** @param signedInAt when a session began, by its id; null where there is none any more */
export function createCallers(signedInAt: (sid: string) => Promise<Date | null>, clock: () => number): Callers {
  return {
    of(context) {
      let reason: CredentialsReason | undefined;
      let caller: Promise<Caller | null> | undefined;
      const find = async () => {
        try {
          const found = await context.caller();
          return found.user?.disabled ? null : found;
        } catch (error) {
          // Beside a public field no token fails anything, however bad; a store that is away is no answer at all.
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
            sessionAge: () => (found.user === null ? Promise.resolve(Infinity) : age(found.sid)),
          };
        },
        async asker() {
          const found = await once();
          if (!found) return {};
          const granted = {
            ...(found.scopes.length > 0 ? { scope: found.scopes.join(' ') } : {}),
            ...(found.clientId === null ? {} : { client_id: found.clientId }),
          };
          if (found.user === null) return { sub: found.sub, ...granted };
          return { sub: found.user.username, role: found.user.role, ...granted, sid: found.sid };
        },
        reason: () => (reason === undefined ? {} : { reason }),
      };
    },
  };
}
