import { record } from '../../audit/audit.ts';
import { userActor } from '../../kernel/actor.ts';
import type { RequestInfo } from '../../kernel/request_info.ts';
import type { Client } from '../../clients/client.entity.ts';
import { findClient, isStillThere } from '../../clients/clients.ts';
import { addCode, CODE_SECONDS } from '../../clients/codes.ts';
import { Refusal } from '../../kernel/errors.ts';
import { random } from '../../kernel/secret.ts';
import { limitKey } from '../../limits/client_address.ts';
import type { UnitOfWork } from '../foundation/unit_of_work.ts';
import { createFailedSignIns } from '../authentication/failed_sign_ins.ts';
import { observeSignIn } from '../authentication/observe_sign_in.ts';
import { lockAuthenticated, noteSignIn, reserveSession } from '../authentication/open_session.ts';
import { type PendingAuthentication, resume, suspend } from '../authentication/pending.ts';
import type { Services } from '../foundation/services.ts';
import { grantScope } from '../foundation/scopes.ts';
import type { PasswordCredentials, VerifyPassword } from '../authentication/steps/password.ts';

/** What a client asks a person for (RFC 6749 section 4.1.1), checked. */
export interface AuthorizationRequest {
  readonly clientId: string;
  readonly redirectUri: string;
  /** The S256 challenge (RFC 7636); null where a confidential client asks without PKCE. */
  readonly challenge: string | null;
  /** Space-separated; null: all that the client is registered for. */
  readonly scope: string | null;
  /** The client's own, given back as it came; null where it sent none. */
  readonly state: string | null;
}

/** A request that waits for a person's answer, as it is kept in the person's browser. */
export interface PendingInteraction {
  /** 128 random bits. */
  readonly id: string;
  /** Until when it may be answered; milliseconds since the epoch. */
  readonly until: number;
  readonly request: AuthorizationRequest;
  /** The sign-in of the person who is to answer; null before it. */
  readonly person: PendingAuthentication | null;
}

/** A request that may be answered now. */
export interface Interaction extends PendingInteraction {
  /** The client, as it is registered now. */
  readonly client: Client;
}

/**
 * Between the client's request and the person's answer. Nothing is stored for a request, since anybody can make one, as
 * often as they like; that it was answered is. A yes needs a password first, a no the page that was shown.
 */
export interface Authorizations {
  begin(request: AuthorizationRequest): PendingInteraction;
  /**
   * Throws TRANSACTION where it was answered, has run out, or its client was removed; SERVICE_UNAVAILABLE.
   * @param pending as {@link begin} made it, which the caller is sure of
   */
  find(pending: PendingInteraction): Promise<Interaction>;
  /** Signs the person in who is to answer. Throws as `SignIn`, and INVALID_SCOPE for what their role may not give. */
  signIn(interaction: Interaction, credentials: PasswordCredentials, origin: RequestInfo): Promise<ConsentSignIn>;
  /**
   * The yes of the person who has signed in: the code. Once for each transaction. Throws INVALID_SCOPE, SERVICE_UNAVAILABLE,
   * and TRANSACTION, also where the account was disabled or its password changed since.
   */
  allow(interaction: Interaction, origin: RequestInfo): Promise<string>;
  /** The person does not. Throws TRANSACTION where it was answered before; RATE_LIMITED, SERVICE_UNAVAILABLE. */
  deny(interaction: Interaction, origin: Pick<RequestInfo, 'address'>): Promise<void>;
}

export interface ConsentSignIn {
  readonly person: PendingAuthentication;
  /** Makes the browser known: see `limits/device.ts`. */
  readonly deviceToken: string;
}

/** Long enough to find a password, and to wait out a delay. */
export const TRANSACTION_SECONDS = 600;
const ANSWERED = 'answered';
/** Replicas' clocks differ: what is over for one must not be new to another. */
const REMEMBERED_MS = TRANSACTION_SECONDS * 1000 + 60_000;

export function createAuthorizations(
  services: Services,
  verifyPassword: VerifyPassword,
  unitOfWork: UnitOfWork,
): Authorizations {
  const { database, keyValue, settings, devices, quotas, clock } = services;
  const failures = createFailedSignIns(services);
  const key = (id: string) => `authorize:${id}`;

  /** Takes the transaction for one answer: a second tab, or a second click, finds it taken. */
  async function take({ id }: Interaction): Promise<void> {
    if (!(await keyValue.setIfAbsent(key(id), ANSWERED, REMEMBERED_MS))) throw new Refusal('TRANSACTION');
  }

  async function signIn(
    interaction: Interaction,
    credentials: PasswordCredentials,
    origin: RequestInfo,
  ): Promise<ConsentSignIn> {
    const authentication = await verifyPassword(credentials, origin, 'sign-in');
    if (!authentication) throw new Refusal('INCORRECT_LOGIN');
    const { client, request } = interaction;
    const user = await unitOfWork(async (db, effects) => {
      const user = await lockAuthenticated(db, authentication);
      if (!user) return null;
      noteSignIn(user, { db, effects, request: origin, at: new Date(clock()) });
      // A role that may not give what the client asks for ends the sign-in here, not after the consent.
      grantScope(settings.roles, user.role, client, request.scope);
      return user;
    }).catch(failures.refused(authentication.username, origin));
    // The account changed between the proof and the lock.
    if (!user) return signIn(interaction, credentials, origin);
    return { person: suspend(authentication), deviceToken: devices.issue(user.username, user.deviceEpoch) };
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
      const [answered] = await keyValue.getMany([key(id)]);
      if (answered != null) throw new Refusal('TRANSACTION');
      const client = await database.run((db) => findClient(db, request.clientId));
      if (!client) throw new Refusal('TRANSACTION');
      return { ...pending, client };
    },

    signIn: (interaction, credentials, origin) =>
      observeSignIn(services, () => signIn(interaction, credentials, origin)),

    async allow(interaction, origin) {
      const { client, request, person } = interaction;
      if (!person) throw new Refusal('TRANSACTION');
      let taken = false;
      return unitOfWork(async (db, effects) => {
        const at = new Date(clock());
        const until = new Date(at.getTime() + CODE_SECONDS * 1000);
        const grant = { authentication: resume(person), client, scope: request.scope, until };
        const reserved = await reserveSession(services, { db, effects, request: origin, at }, grant);
        if (!reserved) throw new Refusal('TRANSACTION');
        const { user, session } = reserved;
        // This writes the row of the session, to which the code's refers.
        if (!(await isStillThere(db, client))) throw new Refusal('TRANSACTION');
        const { redirectUri, challenge } = request;
        const code = addCode(db, { sessionId: session.id, redirectUri, challenge });
        const detail = { client: client.id, scope: session.scope ?? '', session: session.id };
        const by = { actor: userActor(user), request: origin };
        record(db, { type: 'consent.given', subject: user.username, detail, at }, by);
        // Last of all, and once: PostgreSQL may have found a deadlock and started over.
        if (!taken) await take(interaction);
        taken = true;
        return code;
      }).catch(async (error: unknown) => {
        // Of an answer that did not come about nobody has the code: the person may give it again.
        if (taken) await keyValue.replaceIf(key(interaction.id), ANSWERED, '', 1).catch(() => undefined);
        throw error;
      });
    },

    async deny(interaction, { address }) {
      // No password is asked for a no, and each is remembered.
      await quotas.spend('refusedConsents', limitKey(address));
      await take(interaction);
    },
  };
}
