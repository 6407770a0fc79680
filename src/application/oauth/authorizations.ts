import { record } from '../../audit/audit.ts';
import { userActor } from '../../kernel/actor.ts';
import type { RequestInfo } from '../../kernel/request_info.ts';
import type { Client } from '../../clients/client.entity.ts';
import { findClient, isStillThere } from '../../clients/clients.ts';
import { Refusal } from '../../kernel/errors.ts';
import { random } from '../../kernel/secret.ts';
import { SEALED, STORED } from '../../proofs/purposes.ts';
import { limitKey } from '../../limits/client_address.ts';
import type { Db } from '../../store/database/database.ts';
import type { User } from '../../users/user.entity.ts';
import type { UnitOfWork } from '../foundation/unit_of_work.ts';
import { createFailedSignIns } from '../authentication/failed_sign_ins.ts';
import { observeSignIn } from '../authentication/observe_sign_in.ts';
import type { ContinueSignIn, ShownContinuation } from '../authentication/continue_sign_in.ts';
import { admit } from '../authentication/admit.ts';
import { assuranceOf, type Authentication } from '../authentication/authentication.ts';
import { noteSignIn, type Opening, reserveSession } from '../authentication/open_session.ts';
import { secondFactorRequired, suspendSignIn } from '../authentication/suspend_sign_in.ts';
import { deviceTokenOf } from '../authentication/known_device.ts';
import { type PendingAuthentication, resume, suspend } from '../authentication/pending.ts';
import type { Services } from '../foundation/services.ts';
import { grantScope } from '../foundation/scopes.ts';
import type { PasswordCredentials, VerifyPassword } from '../authentication/steps/password.ts';

/** A valid authorization request of a client (RFC 6749 section 4.1.1). */
export interface AuthorizationRequest {
  readonly clientId: string;
  readonly redirectUri: string;
  /** The S256 challenge (RFC 7636); null for a confidential client without PKCE. */
  readonly challenge: string | null;
  /** Space-separated scopes; null for all registered scopes of the client. */
  readonly scope: string | null;
  /** The `state` of the client, returned unchanged; null if it sent none. */
  readonly state: string | null;
}

/** A request that waits for the user's answer, as stored in the user's browser. */
export interface PendingInteraction {
  /** 128 random bits. */
  readonly id: string;
  /** The end of the time to answer, in milliseconds since the epoch. */
  readonly until: number;
  readonly request: AuthorizationRequest;
  /** The sign-in of the user; null before it. */
  readonly person: PendingAuthentication | null;
}

/** A request that can be answered now. */
export interface Interaction extends PendingInteraction {
  /** The client, as it is registered now. */
  readonly client: Client;
}

/**
 * The steps between the client's request and the user's answer. Threat: anyone can send any number of requests, so
 * nothing is stored for a request, only for an answer. Consent needs a sign-in first, a refusal needs only the shown
 * page.
 */
export interface Authorizations {
  begin(request: AuthorizationRequest): PendingInteraction;
  /**
   * Returns the interaction of a pending request.
   * @param pending the result of {@link begin}, whose integrity the caller has verified
   * @throws TRANSACTION if it is answered or expired, or if its client was removed
   * @throws SERVICE_UNAVAILABLE
   */
  find(pending: PendingInteraction): Promise<Interaction>;
  /** Signs the user in. @throws as `Login`, and INVALID_SCOPE for scopes that the user's role lacks */
  signIn(interaction: Interaction, credentials: PasswordCredentials, origin: RequestInfo): Promise<ConsentSignIn>;
  /** Continues a sign-in with its second factor. @throws as `CompleteLogin`, INVALID_SCOPE as {@link signIn} */
  completeSignIn(
    interaction: Interaction,
    shown: Omit<ShownContinuation, 'clientId'>,
    origin: RequestInfo,
  ): Promise<ConsentSignIn>;
  /**
   * Records the consent of the user who has signed in, once for each transaction.
   * @returns the authorization code
   * @throws TRANSACTION, also if the account was disabled or its password was changed since
   * @throws INVALID_SCOPE, SERVICE_UNAVAILABLE
   */
  allow(interaction: Interaction, origin: RequestInfo): Promise<string>;
  /**
   * Records the refusal of the user.
   * @throws TRANSACTION if it is already answered; RATE_LIMITED, SERVICE_UNAVAILABLE
   */
  deny(interaction: Interaction, origin: Pick<RequestInfo, 'address'>): Promise<void>;
}

export interface ConsentSignIn {
  readonly person: PendingAuthentication;
  /** The token that recognises the browser later: see `limits/device.ts`. */
  readonly deviceToken: string;
}

/** The terms of the exchange of a code. */
export interface CodeTerms {
  readonly sessionId: string;
  readonly redirectUri: string;
  /** BASE64URL(SHA-256(verifier)) (RFC 7636 section 4.2); null if the client does not use PKCE. */
  readonly challenge: string | null;
}

/** Seconds to answer a request. */
export const TRANSACTION_SECONDS = SEALED.consent.seconds;

export function createAuthorizations(
  services: Services,
  {
    verifyPassword,
    continueSignIn,
  }: { readonly verifyPassword: VerifyPassword; readonly continueSignIn: ContinueSignIn },
  unitOfWork: UnitOfWork,
): Authorizations {
  const { database, proofs, settings, quotas, clock } = services;
  const failures = createFailedSignIns(services);

  /** Takes the transaction for one answer. A second tab or a second click gets TRANSACTION. */
  async function take(db: Db, interaction: Interaction): Promise<void> {
    if (!(await proofs.redeem(db, 'consent', interaction))) throw new Refusal('TRANSACTION');
  }

  /** Notes the sign-in of a user whose authentication is complete. */
  async function accept(
    { client, request }: Interaction,
    opening: Opening,
    { authentication, user }: { readonly authentication: Authentication; readonly user: User },
  ): Promise<ConsentSignIn> {
    await noteSignIn(services, user, opening);
    // A role that may not give what the client asks for ends the sign-in here, not after the consent.
    grantScope(settings.roles, user.role, { client, scope: request.scope });
    const isComplete = assuranceOf(authentication) === 2;
    return {
      person: suspend(authentication),
      deviceToken: deviceTokenOf(services, user, { request: opening.request, isComplete }),
    };
  }

  async function signIn(
    interaction: Interaction,
    credentials: PasswordCredentials,
    origin: RequestInfo,
  ): Promise<ConsentSignIn> {
    const authentication = await verifyPassword(credentials, origin, 'sign-in');
    if (!authentication) throw new Refusal('INCORRECT_LOGIN');
    const { client, request } = interaction;
    const outcome = await unitOfWork(async (db, effects) => {
      const opening = { db, effects, request: origin, at: new Date(clock()) };
      const admission = await admit(services, opening, authentication);
      switch (admission.verdict) {
        case 'sufficient':
          return accept(interaction, opening, { authentication, user: admission.user });
        case 'incomplete': {
          const suspended = { admission, authentication, clientId: client.id, scope: request.scope };
          return { nextStep: await suspendSignIn(services, opening, suspended) };
        }
        case 'void':
          return null;
      }
    }).catch(failures.refused(authentication.username, origin));
    // The account changed between the proof and the lock.
    if (!outcome) return signIn(interaction, credentials, origin);
    if ('nextStep' in outcome) throw secondFactorRequired(outcome.nextStep);
    return outcome;
  }

  return {
    begin: (request) => ({
      id: random(16).toString('base64url'),
      until: clock() + TRANSACTION_SECONDS * 1000,
      request,
      person: null,
    }),

    async find(pending) {
      const { id, until, request } = pending;
      if (until <= clock()) throw new Refusal('TRANSACTION');
      const client = await database.run(async (db) =>
        (await proofs.isRedeemed(db, 'consent', id)) ? null : findClient(db, request.clientId),
      );
      if (!client) throw new Refusal('TRANSACTION');
      return { ...pending, client };
    },

    signIn: (interaction, credentials, origin) =>
      observeSignIn(services, () => signIn(interaction, credentials, origin)),

    completeSignIn(interaction, shown, origin) {
      const continuation = { ...shown, clientId: interaction.client.id };
      return observeSignIn(services, () =>
        continueSignIn(continuation, origin, async (opening, { authentication }) => {
          const admission = await admit(services, opening, authentication);
          if (admission.verdict !== 'sufficient') throw new Refusal('TRANSACTION');
          return accept(interaction, opening, { authentication, user: admission.user });
        }),
      );
    },

    async allow(interaction, origin) {
      const { client, request, person } = interaction;
      if (!person) throw new Refusal('TRANSACTION');
      return unitOfWork(async (db, effects) => {
        const at = new Date(clock());
        await take(db, interaction);
        const until = new Date(at.getTime() + STORED['authorization-code'].seconds * 1000);
        const grant = { authentication: resume(person), client, scope: request.scope, until };
        const reserved = await reserveSession(services, { db, effects, request: origin, at }, grant);
        if (reserved.verdict !== 'opened') throw new Refusal('TRANSACTION');
        const { user, session } = reserved;
        if (!(await isStillThere(db, client))) throw new Refusal('TRANSACTION');
        const { redirectUri, challenge } = request;
        const terms: CodeTerms = { sessionId: session.id, redirectUri, challenge };
        const { token: code } = await proofs.make(db, {
          purpose: 'authorization-code',
          userId: user.id,
          clientId: client.id,
          data: { ...terms },
          keptSeconds: settings.sessionSeconds,
        });
        const detail = { client: client.id, scope: session.scope ?? '', session: session.id };
        const by = { actor: userActor(user), request: origin };
        record(db, { type: 'consent.given', subject: user.username, detail, at }, by);
        return code;
      });
    },

    async deny(interaction, { address }) {
      // Threat: a refusal needs no password, and each one is stored.
      await quotas.spend('refusedConsents', limitKey(address));
      await database.transaction((db) => take(db, interaction));
    },
  };
}
