import { removeRecoveryCodes } from '../../credentials/recovery/recovery_codes.ts';
import type { Passkey } from '../../credentials/webauthn/passkey.entity.ts';
import { PasskeyFault } from '../../credentials/webauthn/passkey_fault.ts';
import {
  addPasskey,
  checkPasskeyName,
  findPasskeys,
  removePasskey,
  renamePasskey,
} from '../../credentials/webauthn/passkeys.ts';
import { readRegistration, registrationOptions, verifyRegistration } from '../../credentials/webauthn/registration.ts';
import { userHandle } from '../../credentials/webauthn/user_handles.ts';
import { invalidInput, Refusal } from '../../kernel/errors.ts';
import type { RequestInfo } from '../../kernel/request_info.ts';
import { findFactors, hasSecondFactor } from '../authentication/factors.ts';
import type { Principal } from '../authentication/principal.ts';
import { relyingPartyOf } from '../authentication/steps/passkey.ts';
import type { Services } from '../foundation/services.ts';
import type { PasskeyOptions } from '../foundation/passkey_options.ts';
import type { ChangeFactors } from './change_factors.ts';

/** A new passkey as a client presents it. */
export interface ShownRegistration {
  /** The challenge of the options. Only the one in the signed data counts; this one must be equal. */
  readonly challenge: string;
  readonly name: string;
  /** The response of `navigator.credentials.create`, as JSON. */
  readonly response: unknown;
}

/**
 * The caller's own passkeys.
 * @throws FORBIDDEN, CONFLICT and SERVICE_UNAVAILABLE as {@link ChangeFactors}
 */
export interface OwnPasskeys {
  /**
   * Returns the options for `navigator.credentials.create`, for this account and session.
   * @throws FORBIDDEN while passkeys or second factors are off; RATE_LIMITED
   */
  start(principal: Principal, request: RequestInfo): Promise<PasskeyOptions>;
  /**
   * Adds the passkey that a browser made of these options.
   * @throws BAD_USER_INPUT for a forged response, options that are over, a malformed name and too many passkeys
   * @throws CONFLICT if an account has a passkey with this credential id
   */
  add(principal: Principal, shown: ShownRegistration, request: RequestInfo): Promise<Passkey>;
  /** Renames a passkey. @throws BAD_USER_INPUT */
  rename(principal: Principal, key: RenamedPasskey, request: RequestInfo): Promise<Passkey>;
  /** Removes a passkey, and the recovery codes with the last second factor. @throws BAD_USER_INPUT for an unknown one */
  remove(principal: Principal, id: string, request: RequestInfo): Promise<void>;
}

export interface RenamedPasskey {
  readonly id: string;
  readonly name: string;
}

export function createOwnPasskeys(services: Services, changeFactors: ChangeFactors): OwnPasskeys {
  const { proofs, quotas, settings, clock } = services;
  const ADDED = { type: 'factor.added', factor: 'passkey' } as const;

  function relyingParty() {
    if (!settings.factors.allowed) throw new Refusal('FORBIDDEN');
    return relyingPartyOf(services);
  }

  /** Verifies a response and opens its challenge, which must be of this account and session. */
  async function verify({ user, sid }: Principal, { challenge, response }: ShownRegistration) {
    const rp = relyingParty();
    try {
      const signed = readRegistration(rp, response);
      if (signed.challenge !== challenge) throw new PasskeyFault('challenge');
      const opened = proofs.open('passkey-registration', { text: signed.challenge, binding: sid }, clock());
      if (!opened || opened.data['userId'] !== user.id) throw optionsAreOver();
      return { opened, passkey: await verifyRegistration(rp, signed) };
    } catch (error) {
      if (!(error instanceof PasskeyFault)) throw error;
      throw new Refusal('BAD_USER_INPUT', { fields: [{ field: 'response', code: 'WRONG' }], cause: error });
    }
  }

  return {
    async start(principal, request) {
      const rp = relyingParty();
      await quotas.spend('enrolments', principal.user.id);
      return changeFactors({ principal, request }, ADDED, async ({ user, db }) => {
        const { id: userId, username, fullName, deviceEpoch: epoch } = user;
        const sealing = { data: { userId, epoch }, binding: principal.sid };
        const challenge = proofs.seal('passkey-registration', sealing, clock());
        const passkeys = await findPasskeys(db, userId);
        const owner = { handle: await userHandle(db, userId), username, fullName: fullName ?? null, passkeys };
        const options = await registrationOptions(rp, challenge, owner);
        return { result: { challenge, options }, changed: false };
      });
    },

    async add(principal, shown, request) {
      const name = checkPasskeyName(shown.name);
      const { opened, passkey } = await verify(principal, shown);
      return changeFactors({ principal, request }, ADDED, async ({ user, db, at }) => {
        // The options are over once a factor or the password was changed.
        const isOpen = opened.data['epoch'] === user.deviceEpoch;
        if (!isOpen || !(await proofs.redeem(db, 'passkey-registration', opened))) throw optionsAreOver();
        return { result: await addPasskey(db, { ...passkey, userId: user.id, name }, at), changed: true };
      });
    },

    async rename(principal, { id, name: typed }, request) {
      const name = checkPasskeyName(typed);
      return changeFactors({ principal, request }, ADDED, async ({ user, db }) => ({
        result: await renamePasskey(db, { id, userId: user.id }, name),
        changed: false,
      }));
    },

    remove: (principal, id, request) =>
      changeFactors({ principal, request }, { type: 'factor.removed', factor: 'passkey' }, async ({ user, db }) => {
        await removePasskey(db, { id, userId: user.id });
        await db.flush();
        // They replace a second factor, and would otherwise stay behind as a way past the password of a later one.
        if (!hasSecondFactor(await findFactors(db, user))) await removeRecoveryCodes(db, user.id);
        return { result: undefined, changed: true };
      }),
  };
}

function optionsAreOver(): Refusal {
  return invalidInput({ field: 'challenge', code: 'EXPIRED' });
}
