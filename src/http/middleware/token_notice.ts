import type { ServerResponse } from 'node:http';
import { Refusal } from '../../kernel/errors.ts';
import type { Caller } from '../../application/authentication/principal.ts';

/** Why a client should ask for another access token than the one it showed. */
export type TokenNotice = 'refused' | 'role-changed';

/** The header that says it, whatever the status of the answer: under `application/json` a refused field is a 200. */
export const TOKEN_NOTICE = 'Gatehouse-Token';

/** Adds the header to the answer where the token was refused, or names another role than the account has by now. */
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
