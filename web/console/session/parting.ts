import type { AuthChangeReason } from 'gatehouse-client';

/** The reason why a signed-in user returned to the sign-in page. `inactive`: the account is disabled. */
export type Parting = 'logout' | 'ended' | 'elsewhere' | 'inactive';

/** The router state for the sign-in page. */
export interface PartingState {
  readonly parting?: Parting;
}

const SENTENCES: Record<Parting, string> = {
  logout: 'You have signed out.',
  elsewhere: 'You signed out in another tab.',
  ended: 'Your session has ended. It expired, or was ended from another device or by an administrator. Sign in again.',
  inactive: 'Your account is disabled. Ask an administrator to enable it.',
};

export function partingSentence(state: unknown): string | undefined {
  const { parting } = (state ?? {}) as PartingState;
  return parting && SENTENCES[parting];
}

export const partingBy = (reason: AuthChangeReason): Parting =>
  reason === 'logout' || reason === 'elsewhere' ? reason : 'ended';
