import { Migration } from '@mikro-orm/migrations';

/**
 * For lists in other orders, and a log that is searched by address. No index has `last_login_at`: every sign-in would
 * write to all of them, where it changes the row alone now (heap-only tuples), and 100,000 rows are sorted in a moment.
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
