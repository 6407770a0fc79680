import type { AccountQuery } from './documents.ts';

/** An account, as the page of a user shows it. */
export type Account = NonNullable<AccountQuery['user']>;
