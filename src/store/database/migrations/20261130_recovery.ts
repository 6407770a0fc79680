import { Migration } from '@mikro-orm/migrations';

/** Marks accounts that were invited and have not accepted yet. They have no password. */
export class Migration20261130Recovery extends Migration {
  override up(): void {
    this.addSql(`alter table users add column invited_at timestamptz`);
  }
}
