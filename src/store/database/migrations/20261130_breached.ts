import { Migration } from '@mikro-orm/migrations';

/** Stores when the password of an account was last looked up among those of breaches. */
export class Migration20261130Breached extends Migration {
  override up(): void {
    this.addSql('alter table users add column breach_checked_at timestamptz');
  }
}
