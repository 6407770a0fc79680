import { Migration } from '@mikro-orm/migrations';

/** Stores the first use of a refresh token's parent, from which `REFRESH_RETRY_HOURS` counts. */
export class Migration20261129 extends Migration {
  override up(): void {
    this.addSql('alter table sessions add column parent_used_at timestamptz');
  }
}
