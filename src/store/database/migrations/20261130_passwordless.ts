import { Migration } from '@mikro-orm/migrations';

/** Allows accounts without a password, whose users sign in with passkeys. */
export class Migration20261130Passwordless extends Migration {
  override up(): void {
    this.addSql('alter table users drop constraint if exists users_check');
    this.addSql('alter table users add constraint users_check check (deleted_at is not null or email is not null)');
  }
}
