import { Migration } from '@mikro-orm/migrations';

/** Adds registered clients and their codes, the states of keys, the epoch of devices, and an append-only audit log. */
export class Migration20261124 extends Migration {
  override up(): void {
    this.addSql(`
      create table clients (
        id varchar(64) primary key check (id ~ '^[a-z0-9._-]{3,64}$'),
        name varchar(200) not null,
        secret_digest bytea,
        redirect_uris jsonb not null,
        grant_types jsonb not null,
        scopes jsonb not null,
        created_at timestamptz not null,
        removed_at timestamptz
      )`);

    this.addSql(`alter table sessions add column client_id varchar(64) references clients (id)`);
    this.addSql(`alter table sessions add column scope text`);
    this.addSql(`create index sessions_client on sessions (client_id) where client_id is not null`);
    // Includes ended sessions: their last access tokens may still be valid when all sessions of a user are ended.
    this.addSql(`drop index sessions_live`);
    this.addSql(`create index sessions_user on sessions (user_id)`);
    this.addSql(`create index sessions_ended on sessions (ended_at) where ended_at is not null`);
    // A refresh changes no indexed column and finds room beside its row, so that it writes no index (heap-only tuples).
    // The search for idle sessions reads the whole table, once an hour.
    this.addSql(`alter table sessions set (fillfactor = 80)`);

    this.addSql(`
      create table authorization_codes (
        digest bytea primary key,
        session_id uuid not null references sessions (id) on delete cascade,
        redirect_uri text not null,
        challenge varchar(64) not null
      )`);
    this.addSql(`create index authorization_codes_session on authorization_codes (session_id)`);

    this.addSql(`alter table users add column device_epoch integer not null default 0`);

    this.addSql(`alter table signing_keys add column state varchar(16) not null default 'current'
      check (state in ('next', 'current', 'retiring'))`);
    this.addSql(`alter table signing_keys add column state_since timestamptz not null default now()`);
    this.addSql(`create unique index signing_keys_current on signing_keys (algorithm) where state = 'current'`);

    this.addSql(`create index audit_events_type on audit_events (type, at desc)`);
    this.addSql(`create index audit_events_actor on audit_events (actor, at desc)`);
    this.addSql(`alter table audit_events add column user_agent varchar(512)`);
    // Threat: an attacker who reaches the database through the server can add rows, and remove rows past the retention,
    // but cannot change any.
    this.addSql(`
      create function audit_events_only_grow() returns trigger language plpgsql as $$
      begin
        if tg_op = 'DELETE' and current_setting('gatehouse.retention', true) = 'on' then return old; end if;
        raise exception 'audit_events is append-only';
      end $$`);
    this.addSql(`
      create trigger audit_events_append_only before update or delete on audit_events
      for each row execute function audit_events_only_grow()`);
    this.addSql(`
      create trigger audit_events_never_emptied before truncate on audit_events
      for each statement execute function audit_events_only_grow()`);
  }
}
