import type { RequestInfo } from '../../kernel/request_info.ts';
import type { Db } from '../../store/database/database.ts';
import type { User } from '../../users/user.entity.ts';
import type { Services } from '../foundation/services.ts';

interface Occasion {
  readonly db: Db;
  readonly at: Date;
  readonly request: RequestInfo;
}

/**
 * Tells every address of an account that its password was reset: its own, and those that can still undo a change of
 * address.
 */
export async function tellEveryAddress(
  { proofs, outbox }: Pick<Services, 'proofs' | 'outbox'>,
  { db, at, request: { address, userAgent } }: Occasion,
  { id: userId, username, email }: User,
): Promise<void> {
  const former = (await proofs.openOf(db, userId, 'email-undo')).map(({ data }) => data['email']);
  for (const to of new Set([email, ...former])) {
    if (typeof to !== 'string') continue;
    const data = { kind: 'password-reset', username, at, address, userAgent } as const;
    await outbox.add(db, { template: 'notice', to, userId, data }, at);
  }
}
