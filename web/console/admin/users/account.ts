import type { AccountQuery } from './documents.ts';

/** An account as the page of one user shows it. */
export type Account = NonNullable<AccountQuery['user']>;
