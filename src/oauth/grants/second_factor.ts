import type { UseCases } from '../../application/use_cases.ts';
import { Refusal } from '../../kernel/errors.ts';
import { invalidRequest, OAuthError } from '../errors.ts';
import type { Parameters } from '../parameters.ts';
import type { GrantHandler } from './grant.ts';

/** Continues a password grant that was refused with `insufficient_authorization`, by a one-time or recovery code. */
export function secondFactorGrant({ completeLogin }: Pick<UseCases, 'completeLogin'>): GrantHandler {
  return async ({ parameters, client, origin, isForeignPage }) => {
    // Threat: any page could send a form here and use up the attempts of its visitors.
    if (isForeignPage) throw new Refusal('ORIGIN_NOT_ALLOWED');
    const ticket = parameters.required('auth_session');
    const shown = { ticket, clientId: client?.id ?? null, factor: readFactor(parameters) };
    return completeLogin(shown, origin).catch((error: unknown) => {
      // A wrong code and a session that is over are invalid grants (RFC 6749 section 5.2).
      if (error instanceof Refusal && error.kind === 'BAD_USER_INPUT') {
        throw new OAuthError('invalid_grant', 'Invalid or expired auth_session, or wrong code');
      }
      throw error;
    });
  };
}

function readFactor(parameters: Parameters) {
  const [otp, recoveryCode] = [parameters.optional('otp'), parameters.optional('recovery_code')];
  if ((otp === undefined) === (recoveryCode === undefined)) {
    throw invalidRequest('Send exactly one of otp and recovery_code');
  }
  return otp === undefined
    ? ({ kind: 'recoveryCode', code: recoveryCode! } as const)
    : ({ kind: 'totp', code: otp } as const);
}
