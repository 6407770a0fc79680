import { record } from '../../audit/audit.ts';
import { userActor } from '../../kernel/actor.ts';
import type { RequestInfo } from '../../kernel/request_info.ts';
import { Refusal } from '../../kernel/errors.ts';
import { limitKey } from '../../limits/client_address.ts';
import { type SignInAccount, findAccount } from '../../users/users.ts';
import type { Services } from '../foundation/services.ts';
import type { PasswordPurpose } from './authentication.ts';

/** A wrong password for a name. */
export interface WrongPassword {
  /** Null for an unknown name. */
  readonly account: SignInAccount | null;
  readonly username: string;
  readonly purpose: PasswordPurpose;
}

/** A passkey that proved nothing, and the reason, which only the log has. */
export interface FailedPasskey {
  readonly username: string | null;
  readonly reason: string;
}

/** The audit of failed sign-ins. */
export interface FailedSignIns {
  /** Records a wrong password, an unknown name or a disabled account. */
  wrong(wrong: WrongPassword, request: RequestInfo): Promise<void>;
  /** Records a passkey that proved nothing. @param failed the account of the passkey; null for an unknown one */
  passkey(failed: FailedPasskey, request: RequestInfo): Promise<void>;
  /**
   * Returns a handler that records a refusal after the password was right, and throws it again. Threat: a guess that is
   * right must show in the log, whatever else is wrong with the request.
   */
  refused(username: string, request: RequestInfo): (error: unknown) => Promise<never>;
  /**
   * Records that an attempt was not looked at: once a minute for its network, whatever the name. Threat: names cost
   * nothing, so that a row for each would let a limited address fill the log.
   */
  limited(username: string, error: unknown, request: RequestInfo): Promise<void>;
}

const QUIET_MS = 60_000;

export function createFailedSignIns({
  database,
  keyValue,
  unknownNames,
  clock,
}: Pick<Services, 'database' | 'keyValue' | 'unknownNames' | 'clock'>): FailedSignIns {
  const now = () => new Date(clock());

  /** Digests every name, so that a known one takes as long. */
  function subjectOf(account: SignInAccount | null, typed: string): string {
    const digest = unknownNames.digest(typed);
    return account?.username ?? digest;
  }

  async function recordFailed(subject: string, request: RequestInfo, detail?: Record<string, string>): Promise<void> {
    await database.transaction(async (db) =>
      record(db, { type: 'login.failed', subject, ...(detail && { detail }), at: now() }, { actor: null, request }),
    );
  }

  return {
    async wrong({ account, username, purpose }, request) {
      const subject = subjectOf(account, username);
      if (purpose === 'sign-in') return recordFailed(subject, request);
      await database.transaction(async (db) =>
        record(db, { type: 'password.refused', subject, at: now() }, { actor: account && userActor(account), request }),
      );
    },

    passkey: ({ username, reason }, request) =>
      recordFailed(username ?? unknownNames.digest(''), request, { factor: 'passkey', reason }),

    refused: (username, request) => async (error) => {
      if (error instanceof Refusal && error.kind !== 'SERVICE_UNAVAILABLE') {
        await recordFailed(username, request, { refused: error.kind });
      }
      throw error;
    },

    async limited(username, error, request) {
      if (!(error instanceof Refusal) || error.kind !== 'RATE_LIMITED') return;
      const { retryAfter = 1 } = error;
      if (!(await keyValue.setIfAbsent(`limited:${limitKey(request.address)}`, '1', QUIET_MS))) return;
      await database.transaction(async (db) => {
        const subject = subjectOf(await findAccount(db, username), username);
        record(db, { type: 'login.limited', subject, detail: { retryAfter }, at: now() }, { actor: null, request });
      });
    },
  };
}
