import { Migration } from '@mikro-orm/migrations';

/** Creates users, sessions, revocations, signing keys and the audit log. PGlite takes one statement per `addSql`. */
export class Migration20261123 extends Migration {
  override up(): void {
    this.addSql(`
      create table users (
        id uuid primary key,
        username varchar(64) not null unique check (username ~ '^[a-z0-9._-]{3,64}$'),
        email varchar(254),
        full_name varchar(200),
        role varchar(64) not null,
        disabled boolean not null default false,
        password_hash text,
        created_at timestamptz not null,
        last_login_at timestamptz,
        deleted_at timestamptz,
        check (deleted_at is not null or (email is not null and password_hash is not null))
      )`);
    this.addSql(`create unique index users_email_unique on users (lower(email))`);

    this.addSql(`
      create table sessions (
        id uuid primary key,
        user_id uuid not null references users (id),
        generation integer not null default 0,
        token_digest bytea not null,
        parent_digest bytea,
        sealed_successor bytea,
        rotated_at timestamptz,
        rotated_by_address varchar(64),
        rotated_by_agent bytea,
        address varchar(64) not null,
        user_agent varchar(512),
        created_at timestamptz not null,
        last_used_at timestamptz not null,
        expires_at timestamptz not null,
        access_expires_at timestamptz not null,
        ended_at timestamptz,
        ended_by varchar(32)
      )`);
    this.addSql(`create index sessions_live on sessions (user_id) where ended_at is null`);
    this.addSql(`create index sessions_expiry on sessions (expires_at)`);

    this.addSql(`
      create table revocations (
        subject varchar(80) primary key,
        expires_at timestamptz not null
      )`);
    this.addSql(`create index revocations_expiry on revocations (expires_at)`);

    this.addSql(`
      create table signing_keys (
        kid varchar(64) primary key,
        algorithm varchar(16) not null,
        public_jwk jsonb not null,
        sealed_private_jwk bytea not null,
        created_at timestamptz not null
      )`);

    this.addSql(`
      create table audit_events (
        id uuid primary key,
        at timestamptz not null,
        type varchar(48) not null,
        actor varchar(80),
        subject varchar(80),
        address varchar(64),
        request_id varchar(64),
        detail jsonb
      )`);
    this.addSql(`create index audit_events_at on audit_events (at desc, id)`);
    this.addSql(`create index audit_events_subject on audit_events (subject, at desc)`);
  }
}
