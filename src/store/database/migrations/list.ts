import { Migration20261123 } from './20261123_first.ts';
import { Migration20261124 } from './20261124_clients.ts';
import { Migration20261125 } from './20261125_last_supergraph.ts';
import { Migration20261126 } from './20261126_console.ts';
import { Migration20261128 } from './20261128_shared_keys.ts';
import { Migration20261129Authentication } from './20261129_authentication.ts';
import { Migration20261129EmailKeys } from './20261129_email_keys.ts';
import { Migration20261129Pkce } from './20261129_pkce.ts';
import { Migration20261130Proofs } from './20261130_proofs.ts';
import { Migration20261129 } from './20261129_retries.ts';
import { Migration20261130Mails } from './20261130_mails.ts';
import { Migration20261130Totp } from './20261130_totp.ts';
import { Migration20261130Passkeys } from './20261130_passkeys.ts';
import { Migration20261130Breached } from './20261130_breached.ts';
import { Migration20261130Passwordless } from './20261130_passwordless.ts';
import { Migration20261130Recovery } from './20261130_recovery.ts';

/** The migrations in their order. A released migration never changes. */
export const migrations = [
  { name: '20261123_first', class: Migration20261123 },
  { name: '20261124_clients', class: Migration20261124 },
  { name: '20261125_last_supergraph', class: Migration20261125 },
  { name: '20261126_console', class: Migration20261126 },
  { name: '20261128_shared_keys', class: Migration20261128 },
  { name: '20261129_retries', class: Migration20261129 },
  { name: '20261129_pkce', class: Migration20261129Pkce },
  { name: '20261129_authentication', class: Migration20261129Authentication },
  { name: '20261129_email_keys', class: Migration20261129EmailKeys },
  { name: '20261130_proofs', class: Migration20261130Proofs },
  { name: '20261130_mails', class: Migration20261130Mails },
  { name: '20261130_totp', class: Migration20261130Totp },
  { name: '20261130_passkeys', class: Migration20261130Passkeys },
  { name: '20261130_breached', class: Migration20261130Breached },
  { name: '20261130_passwordless', class: Migration20261130Passwordless },
  { name: '20261130_recovery', class: Migration20261130Recovery },
];
