import { Migration } from '@mikro-orm/migrations';

/**
 * How the owner of a session proved to be the owner, and when.
 * The columns are written without touching the rows: millions of sessions may be there. Rows of an earlier release, and
 * rows that it inserts during a rolling update, have no `authenticated_at`; they were opened by a password at `created_at`.
 */
export class Migration20261129Authentication extends Migration {
  override up(): void {
    this.addSql(`alter table sessions
      add column authenticated_at timestamptz,
      add column amr text not null default 'pwd',
      add column acr smallint not null default 1`);
  }
}
