import { Migration } from '@mikro-orm/migrations';

/** Until when each key of HS256 verifies what it signed: one that signed nothing is not here, and verifies nothing. */
export class Migration20261128 extends Migration {
  override up(): void {
    this.addSql(`
      create table shared_keys (
        kid text primary key,
        verifies_until timestamptz not null
      )`);
  }
}
