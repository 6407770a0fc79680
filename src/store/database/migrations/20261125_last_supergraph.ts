import { Migration } from '@mikro-orm/migrations';

/** Stores the supergraph that the gateway served last, for a start while a subgraph is unavailable. */
export class Migration20261125 extends Migration {
  override up(): void {
    this.addSql(`
      create table last_supergraph (
        single boolean primary key default true check (single),
        source bytea not null,
        supergraph text not null,
        kept_at timestamptz not null
      )`);
  }
}
