import { Migration } from '@mikro-orm/migrations';

/** Stores authenticator apps (TOTP) and recovery codes. */
export class Migration20261130Totp extends Migration {
  override up(): void {
    this.addSql(`
      create table totp_secrets (
        user_id uuid primary key references users (id),
        key_id text not null,
        confirmed_secret bytea,
        confirmed_at timestamptz,
        last_step integer,
        pending_secret bytea,
        pending_session uuid,
        pending_since timestamptz,
        pending_failures integer not null default 0,
        failures jsonb not null default '[]',
        check ((confirmed_secret is null) = (confirmed_at is null)),
        check ((confirmed_secret is null) = (last_step is null)),
        check ((pending_secret is null) = (pending_session is null)),
        check ((pending_secret is null) = (pending_since is null))
      )`);
    this.addSql('create index totp_secrets_key_id on totp_secrets (key_id)');
    this.addSql(`
      create table recovery_codes (
        digest bytea primary key,
        user_id uuid not null references users (id),
        created_at timestamptz not null
      )`);
    this.addSql('create index recovery_codes_user_id on recovery_codes (user_id)');
  }
}
