import { Migration } from '@mikro-orm/migrations';

/** Stores the passkeys of accounts, and the random handle under which authenticators know an account. */
export class Migration20261130Passkeys extends Migration {
  override up(): void {
    this.addSql(`
      create table passkey_handles (
        user_id uuid primary key references users (id) on delete cascade,
        handle bytea not null unique check (length(handle) = 64)
      )`);
    this.addSql(`
      create table passkeys (
        id uuid primary key,
        user_id uuid not null references users (id) on delete cascade,
        credential_id bytea not null unique,
        public_key bytea not null,
        counter bigint not null check (counter between 0 and 4294967295),
        transports varchar(100) not null,
        device_type varchar(16) not null check (device_type in ('singleDevice', 'multiDevice')),
        backed_up boolean not null,
        name varchar(100) not null,
        created_at timestamptz not null,
        last_used_at timestamptz
      )`);
    this.addSql(`create index passkeys_user on passkeys (user_id, created_at)`);
  }
}
