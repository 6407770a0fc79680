import { randomBytes, randomUUID } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import { newRecoveryCode, foldRecoveryCode, recoveryCodeDigest } from '../../src/credentials/recovery/recovery_code.ts';
import { newSecret } from '../../src/credentials/totp/one_time_code.ts';
import { sealSecret, totpKeys } from '../../src/credentials/totp/sealed_secret.ts';
import type { Person } from './accounts.ts';
import type { Instance } from './instance.ts';
import { noteSecrets } from './log_file.ts';

/** The second factors of a person. */
export interface Enrolled {
  /** Returns the code that the authenticator shows at a time, in milliseconds since the epoch. */
  codeAt(time: number): string;
  readonly recoveryCodes: readonly string[];
}

const hex = (bytes: Uint8Array) => `'\\x${Buffer.from(bytes).toString('hex')}'`;

/** Stores an authenticator and recovery codes, for tests of sign-ins alone. */
export async function enrolTotp({ sql, env }: Pick<Instance, 'sql' | 'env'>, { username }: Person): Promise<Enrolled> {
  const [row] = await sql(`select id from users where username = '${username}'`);
  const userId = row!['id'] as string;
  const secret = newSecret();
  const key = totpKeys([env['JWT_SECRET_KEY']!])[0]!;
  const recoveryCodes = Array.from({ length: 10 }, newRecoveryCode);
  await sql(
    `insert into totp_secrets (user_id, key_id, confirmed_secret, confirmed_at, last_step)
     values ('${userId}', '${key.id}', ${hex(sealSecret(secret, userId, key))}, now(), 0)`,
  );
  for (const code of recoveryCodes) {
    const digest = recoveryCodeDigest(userId, foldRecoveryCode(code)!);
    await sql(`insert into recovery_codes (digest, user_id, created_at) values (${hex(digest)}, '${userId}', now())`);
  }
  await sql(`update users set second_factor = true where id = '${userId}'`);
  const totp = new TOTP({ secret: new Secret({ buffer: Uint8Array.from(secret).buffer }) });
  noteSecrets(totp.secret.base32, ...recoveryCodes);
  return { codeAt: (timestamp) => totp.generate({ timestamp }), recoveryCodes };
}

/** Stores a passkey whose private key is lost, for tests that must not get in. */
export async function storePasskey({ sql }: Instance, { username }: Person): Promise<void> {
  const [row] = await sql(`select id from users where username = '${username}'`);
  const userId = row!['id'] as string;
  await sql(
    `insert into passkeys (id, user_id, credential_id, public_key, counter, transports, device_type, backed_up, name,
       created_at)
     values ('${randomUUID()}', '${userId}', ${hex(randomBytes(32))}, ${hex(randomBytes(77))}, 0, 'internal',
       'multiDevice', true, 'A passkey', now())`,
  );
  await sql(`update users set second_factor = true where id = '${userId}'`);
}
