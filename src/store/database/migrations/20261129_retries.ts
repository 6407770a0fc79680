import { Migration } from '@mikro-orm/migrations';

/** When the parent of a refresh token was first used: what `REFRESH_RETRY_HOURS` counts from. */
export class Migration20261129 extends Migration {
  override up(): void {
    this.addSql('alter table sessions add column parent_used_at timestamptz');
  }
}
