import { Migration } from '@mikro-orm/migrations';

/** Stores the time until which each HS256 key verifies its tokens. A key without a row verifies nothing. */
export class Migration20261128 extends Migration {
  override up(): void {
    this.addSql(`
      create table shared_keys (
        kid text primary key,
        verifies_until timestamptz not null
      )`);
  }
}
