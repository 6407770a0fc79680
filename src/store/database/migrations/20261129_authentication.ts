import { Migration } from '@mikro-orm/migrations';

/**
 * Stores how and when the user of a session authenticated. The defaults leave the rows untouched, because millions of
 * sessions may exist. Rows of an earlier release, or inserted by it during a rolling update, have no
 * `authenticated_at`: they were opened with a password at `created_at`.
 */
export class Migration20261129Authentication extends Migration {
  override up(): void {
    this.addSql(`alter table sessions
      add column authenticated_at timestamptz,
      add column amr text not null default 'pwd',
      add column acr smallint not null default 1`);
  }
}
