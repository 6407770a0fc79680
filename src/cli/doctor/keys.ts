import type { Config } from '../../config/config.ts';
import type { Database } from '../../store/database/database.ts';
import { countOtherTotpKeys, type OtherTotpKeys } from '../../credentials/totp/rewrap.ts';
import { openPair, sealingKeys } from '../../keys/key_pair.ts';
import { age, findKeys } from '../../keys/key_states.ts';
import type { SigningKey } from '../../keys/signing_key.entity.ts';
import type { Finding } from './finding.ts';

const DAY_SECONDS = 86_400;
const check = 'keys';

/** Checks that signing keys exist, can be decrypted, and rotate. @param secrets JWT_SECRET_KEY, then the previous one */
export async function lookAtKeys(
  { tokens: { algorithm, keyRotationDays }, secret: { previous } }: Pick<Config, 'tokens' | 'secret'>,
  database: Database,
  secrets: readonly string[],
): Promise<Finding[]> {
  const keys = await database.run(findKeys);
  const sealing = sealingKeys(secrets);
  const opened = await Promise.all(keys.map(async (key) => ({ key, by: await opensUnder(key, sealing) })));
  const closed = opened.filter(({ by }) => by === 'none').map(({ key }) => key.kid);
  const old = opened.filter(({ by }) => by === 'previous').map(({ key }) => key.kid);

  const totp = await countOtherTotpKeys(database, secrets);
  const findings: Finding[] = [...ofTotp(totp)];
  if (closed.length > 0) {
    findings.push({
      check,
      state: 'fail',
      says: `keys that JWT_SECRET_KEY cannot decrypt: ${closed.join(', ')}`,
      todo: 'Set the secret that encrypted them, or set it as JWT_SECRET_KEY_PREVIOUS and run "keys rewrap".',
    });
  }
  if (old.length > 0) {
    findings.push({
      check,
      state: 'warn',
      says: `keys that only JWT_SECRET_KEY_PREVIOUS decrypts: ${old.join(', ')}`,
      todo: 'Run "keys rewrap"; keep the previous secret until then.',
    });
  } else if (previous !== undefined && totp.previous === 0) {
    findings.push({
      check,
      state: 'note',
      says: 'JWT_SECRET_KEY_PREVIOUS is set, but no stored key or authenticator secret needs it',
      todo: 'Remove it when the older access tokens have expired (ACCESS_TOKEN_EXPIRE_MINUTES).',
    });
  }
  return [...findings, ofSigning(keys, algorithm, keyRotationDays)];
}

function ofTotp({ previous, unknown }: OtherTotpKeys): Finding[] {
  return [
    ...(unknown === 0
      ? []
      : [
          {
            check,
            state: 'fail' as const,
            says: `accounts whose authenticator secret JWT_SECRET_KEY cannot decrypt: ${unknown}`,
            todo: 'Set the secret that encrypted them, or set it as JWT_SECRET_KEY_PREVIOUS and run "keys rewrap".',
          },
        ]),
    ...(previous === 0
      ? []
      : [
          {
            check,
            state: 'warn' as const,
            says: `accounts whose authenticator secret only JWT_SECRET_KEY_PREVIOUS decrypts: ${previous}`,
            todo: 'Run "keys rewrap"; keep the previous secret until then.',
          },
        ]),
  ];
}

function ofSigning(keys: readonly SigningKey[], algorithm: string, rotationDays: number): Finding {
  if (algorithm === 'HS256') return { check, state: 'ok', says: 'HS256 signs with JWT_SECRET_KEY' };
  const current = keys.find((key) => key.algorithm === algorithm && key.state === 'current');
  if (!current)
    return { check, state: 'note', says: `there is no key for ${algorithm} yet: the next start creates one` };
  const days = Math.floor(age(current.stateSince, new Date()) / DAY_SECONDS);
  const says = `${algorithm}: ${current.kid} has signed for ${days} ${days === 1 ? 'day' : 'days'}`;
  if (rotationDays === 0 || days <= rotationDays + 1) return { check, state: 'ok', says };
  return {
    check,
    state: 'warn',
    says: `${says}, but KEY_ROTATION_DAYS is ${rotationDays}`,
    todo: 'The server should have rotated it: check its log, or run "keys rotate".',
  };
}

async function opensUnder(key: SigningKey, sealing: readonly Buffer[]): Promise<'current' | 'previous' | 'none'> {
  for (const [place, one] of sealing.entries()) {
    const opens = await openPair(key, [one]).then(
      () => true,
      () => false,
    );
    if (opens) return place === 0 ? 'current' : 'previous';
  }
  return 'none';
}
