import { Migration } from '@mikro-orm/migrations';

/** Registered clients and their codes, the states of keys, what ends with a device, and an audit log that only grows. */
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
    // Those that are over count too, for whoever ends all of a person: their last access tokens may still be good.
    this.addSql(`drop index sessions_live`);
    this.addSql(`create index sessions_user on sessions (user_id)`);
    this.addSql(`create index sessions_ended on sessions (ended_at) where ended_at is not null`);
    // Nothing that a refresh changes is in an index, and there is room beside each row: so it writes no index at all
    // (heap-only tuples). Whoever looks for idle sessions reads the table, once an hour.
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
    // Whoever reaches the database through the server can add and, past the retention, remove: never rewrite.
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
