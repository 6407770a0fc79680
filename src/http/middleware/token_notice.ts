import type { ServerResponse } from 'node:http';
import { Refusal } from '../../kernel/errors.ts';
import type { Caller } from '../../application/authentication/principal.ts';

/** The reasons why a client should get a new access token. */
export type TokenNotice = 'refused' | 'role-changed';

/** The header with the reason. It is needed because over `application/json` a refused field has status 200. */
export const TOKEN_NOTICE = 'Gatehouse-Token';

/** Adds the header if the token is refused, or if its role differs from the current role of the account. */
export async function noticeToken(caller: Promise<Caller>, response: ServerResponse): Promise<Caller> {
  const notice = (why: TokenNotice) => response.headersSent || response.setHeader(TOKEN_NOTICE, why);
  try {
    const found = await caller;
    if (found.user !== null && found.user.role !== found.tokenRole) notice('role-changed');
    return found;
  } catch (error) {
    if (error instanceof Refusal && error.kind === 'CREDENTIALS' && error.reason !== 'MISSING') notice('refused');
    throw error;
  }
}
