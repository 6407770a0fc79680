import { PasskeyFault } from '../../credentials/webauthn/passkey_fault.ts';
import { findPasskeyByCredential } from '../../credentials/webauthn/passkeys.ts';
import { Refusal } from '../../kernel/errors.ts';
import type { RequestInfo } from '../../kernel/request_info.ts';
import type { User } from '../../users/user.entity.ts';
import { findUserById } from '../../users/users.ts';
import type { Services } from '../foundation/services.ts';
import type { UnitOfWork } from '../foundation/unit_of_work.ts';
import { lockProven } from './admit.ts';
import type { Authentication } from './authentication.ts';
import { createFailedSignIns } from './failed_sign_ins.ts';
import { knownDevice } from './known_device.ts';
import type { Opening } from './open_session.ts';
import { type PresentedPasskey, provePasskey, readPasskey, relyingPartyOf, spendPasskey } from './steps/passkey.ts';

/** A passkey as a client presents it. */
export interface ShownPasskey {
  /** The challenge of the options. Only the one in the signed data counts; this one must be equal. */
  readonly challenge: string;
  /** The response of `navigator.credentials.get`, as JSON. */
  readonly response: unknown;
}

/**
 * Signs in with a passkey and without a name, and runs `work` with the authentication. The challenge and the counter are
 * spent in the transaction of the work, under the account's lock.
 * @throws INCORRECT_LOGIN for an unknown passkey, a forged response and a disabled account alike
 * @throws FORBIDDEN while passkeys are off; RATE_LIMITED, SERVICE_UNAVAILABLE, and the errors of the work
 */
export type PasskeySignIn = <T>(
  shown: ShownPasskey,
  request: RequestInfo,
  work: (opening: Opening, authentication: Authentication) => Promise<T>,
) => Promise<T>;

/** A response that was read: what it presents, and the account that its credential id belongs to. */
interface ReadResponse {
  readonly presented: PresentedPasskey;
  /** Null for an unknown passkey. */
  readonly account: User | null;
}

export function createPasskeySignIn(services: Services, unitOfWork: UnitOfWork): PasskeySignIn {
  const { database, attempts, clock } = services;
  const failures = createFailedSignIns(services);

  async function read({ challenge, response }: ShownPasskey): Promise<ReadResponse | PasskeyFault> {
    try {
      const presented = readPasskey(services, response, null);
      if (presented.signed.challenge !== challenge) return new PasskeyFault('challenge');
      const account = await database.run(async (db) => {
        const passkey = await findPasskeyByCredential(db, presented.signed.credentialId);
        return passkey && findUserById(db, passkey.userId);
      });
      return { presented, account };
    } catch (error) {
      if (error instanceof PasskeyFault) return error;
      throw error;
    }
  }

  /** Verifies the signature outside of the transaction, so that no lock is held for a forged one. */
  async function prove({ presented, account }: ReadResponse) {
    const proven = await database.run((db) => provePasskey(services, db, { presented, owner: null }));
    if (!account || account.disabled || account.id !== proven.passkey.userId) throw new PasskeyFault('account');
    const { id: userId, username, deviceEpoch: epoch } = account;
    const authentication = { userId, username, epoch, methods: proven.methods, at: new Date(clock()) };
    return { proven, authentication };
  }

  return async (shown, request, work) => {
    relyingPartyOf(services);
    const found = await read(shown);
    const account = found instanceof PasskeyFault ? null : found.account;
    const device = account ? await knownDevice(services, account.username, request) : undefined;

    async function attempt() {
      try {
        if (found instanceof PasskeyFault) throw found;
        const { proven, authentication } = await prove(found);
        const result = await unitOfWork(async (db, effects) => {
          const at = new Date(clock());
          if (!(await lockProven(db, authentication))) throw new PasskeyFault('account');
          if (!(await spendPasskey(services, db, { ...proven, at }))) throw new PasskeyFault('challenge');
          return work({ db, effects, request, at }, authentication);
        }).catch(failures.refused(authentication.username, request));
        return { result };
      } catch (error) {
        if (!(error instanceof PasskeyFault)) throw error;
        await failures.passkey({ username: account?.username ?? null, reason: error.reason }, request);
        return null;
      }
    }

    const limited = { address: request.address, device, signal: request.signal };
    const outcome = await attempts
      .guardAddress(limited, attempt, (result) => result === null)
      .catch(async (error: unknown) => {
        await failures.limited(account?.username ?? '', error, request);
        throw error;
      });
    if (!outcome) throw new Refusal('INCORRECT_LOGIN');
    return outcome.result;
  };
}
