import { Migration } from '@mikro-orm/migrations';

/** Allows confidential clients to use their secret and `state` instead of PKCE. */
export class Migration20261129Pkce extends Migration {
  override up(): void {
    this.addSql('alter table clients add column pkce boolean not null default true');
    this.addSql('alter table authorization_codes alter column challenge drop not null');
  }
}
