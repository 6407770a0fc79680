import { Migration } from '@mikro-orm/migrations';

/**
 * Adds indexes for lists in other orders, and for searches of the log by address. `last_login_at` has no index: each
 * sign-in would then write to all indexes, where now it changes only the row (heap-only tuples). Sorting 100,000 rows
 * is fast enough.
 */
export class Migration20261126 extends Migration {
  override up(): void {
    this.addSql(`create index users_full_name on users (coalesce(lower(full_name), ''), username)
      where deleted_at is null`);
    this.addSql(`create index users_role on users (role, username) where deleted_at is null`);
    this.addSql(`create index users_created_at on users (created_at, username) where deleted_at is null`);
    this.addSql(`create index audit_events_address on audit_events (address, at desc)`);
  }
}
