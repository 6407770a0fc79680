import { Migration } from '@mikro-orm/migrations';
import { foldEmail } from '../../../kernel/email.ts';

/**
 * Stores the key under which an e-mail address is compared, unique among accounts, and when the address was verified.
 * Earlier releases compared only the lower case, so that two accounts may have spellings of one address. The one in
 * ASCII keeps the key, otherwise the older one. The others have no key, which means no sign-in by address, until their
 * address changes; `doctor` names them.
 */
export class Migration20261129EmailKeys extends Migration {
  override async up(): Promise<void> {
    await this.execute(`alter table users add column email_key text, add column email_verified_at timestamptz`);
    await this.execute(`update users set email_key = lower(email collate "C") where email ~ '^[\\x01-\\x7f]*$'`);
    await this.execute(`create unique index users_email_key_unique on users (email_key)`);
    await this.#foldOthers();
    // An account may have an address that it did not prove, beside the account that did. Lists are in this order.
    await this.execute(`drop index users_email_unique`);
    await this.execute(`create index users_email on users (lower(email), username) where deleted_at is null`);
    // The release before this one knows neither column. Threat: an address that it changes would stay verified, so that
    // the owner of the former address could sign in.
    await this.execute(`
      create function users_email_changed() returns trigger language plpgsql as $$
      begin
        if tg_op = 'UPDATE' then
          if new.email is not distinct from old.email then return new; end if;
          if new.email_verified_at is not distinct from old.email_verified_at then new.email_verified_at := null; end if;
          if new.email_key is not distinct from old.email_key then new.email_key := null; end if;
        end if;
        if new.email_key is null and new.email ~ '^[\\x01-\\x7f]*$' then
          new.email_key := lower(new.email collate "C");
        end if;
        return new;
      end $$`);
    await this.execute(`
      create trigger users_email_changed before insert or update of email on users
      for each row execute function users_email_changed()`);
  }

  /** Sets the keys that SQL cannot compute: those of addresses past ASCII. */
  async #foldOthers(): Promise<void> {
    const rows = (await this.execute(
      `select id, email from users where email is not null and email_key is null order by created_at, id`,
    )) as { readonly id: string; readonly email: string }[];
    const ids = new Map<string, string>();
    for (const { id, email } of rows) {
      const key = foldEmail(email);
      if (!ids.has(key)) ids.set(key, id);
    }
    const keys = JSON.stringify(Array.from(ids, ([key, id]) => ({ id, key })));
    await this.execute(
      `update users set email_key = r.key from json_to_recordset(?::json) as r(id uuid, key text)
       where users.id = r.id and not exists (select 1 from users as other where other.email_key = r.key)`,
      [keys],
    );
  }
}
