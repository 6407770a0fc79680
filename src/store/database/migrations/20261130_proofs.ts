import { Migration } from '@mikro-orm/migrations';

/**
 * Adds one table for everything that is used once, and the copy of an account's factors that requests read. The table
 * `authorization_codes` stays for replicas of the release before; nothing reads it any more.
 */
export class Migration20261130Proofs extends Migration {
  override up(): void {
    this.addSql(`
      create table proofs (
        digest bytea primary key,
        purpose varchar(32) not null,
        user_id uuid references users (id) on delete cascade,
        client_id varchar(64),
        binding bytea,
        code_digest bytea,
        data jsonb not null,
        attempts smallint not null default 0,
        created_at timestamptz not null,
        expires_at timestamptz not null,
        kept_until timestamptz not null,
        used_at timestamptz
      )`);
    this.addSql(`create index proofs_open on proofs (user_id, purpose) where used_at is null`);
    this.addSql(`create index proofs_kept on proofs (kept_until)`);
    this.addSql(`alter table users add column second_factor boolean not null default false`);
  }
}
