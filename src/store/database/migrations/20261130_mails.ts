import { Migration } from '@mikro-orm/migrations';

/** Adds the outbox of mails. */
export class Migration20261130Mails extends Migration {
  override up(): void {
    this.addSql(`
      create table mails (
        id uuid primary key,
        user_id uuid references users (id),
        template varchar(64) not null,
        recipient varchar(320) not null,
        recipient_key varchar(320) not null,
        once varchar(200),
        payload bytea,
        state varchar(16) not null
          check (state in ('waiting', 'sending', 'handed', 'sent', 'unconfirmed', 'failed')),
        attempts integer not null default 0,
        created_at timestamptz not null,
        due_at timestamptz not null,
        valid_until timestamptz,
        lease uuid,
        leased_until timestamptz,
        tried_at timestamptz,
        finished_at timestamptz,
        error varchar(200)
      )`);
    this.addSql(`create unique index mails_once on mails (once) where once is not null`);
    this.addSql(`create index mails_open on mails (due_at) where state in ('waiting', 'sending', 'handed')`);
    this.addSql(`create index mails_recipient on mails (recipient_key, created_at)`);
    this.addSql(`create index mails_user on mails (user_id)`);
    this.addSql(`create index mails_created on mails (created_at desc, id)`);
    this.addSql(`create index mails_finished on mails (finished_at) where finished_at is not null`);
  }
}
