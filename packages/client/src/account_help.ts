import type { AccountHelp } from './auth_client.ts';
import type { GatewayApi } from './gateway.ts';
import {
  RequestEmailVerificationDocument,
  RequestPasswordResetDocument,
  ResetPasswordDocument,
  VerifyEmailDocument,
} from './operations.ts';
import type { OwnRequest } from './own_requests.ts';

interface AccountHelpParts {
  readonly gateway: Pick<GatewayApi, 'ask'>;
  readonly request: OwnRequest;
}

/** Creates the password reset and the verification of the e-mail address. */
export function createAccountHelp({ gateway, request }: AccountHelpParts): AccountHelp {
  return {
    async requestPasswordReset(account) {
      await gateway.ask(RequestPasswordResetDocument, { account });
    },
    async resetPassword({ newPassword, ...proof }) {
      await gateway.ask(ResetPasswordDocument, { ...proof, newPassword });
    },
    async requestEmailVerification() {
      await request(RequestEmailVerificationDocument, {});
    },
    async verifyEmail(proof) {
      await request(VerifyEmailDocument, proof);
    },
  };
}
