import { deflateRawSync } from 'node:zlib';
import type { Config } from '../../config/config.ts';
import type { Finding, Look } from './finding.ts';

const check = 'secrets';
/** The deflated size below which a key is repetitive; 32 random bytes in hex or base64 stay above it. */
const LEAST_PACKED_BYTES = 24;
/** Words of placeholders. A random secret has one of them once in ten million times. */
const WORDS = /secret|password|change-?me|example|gatehouse/i;
/** The passwords that attackers try first. */
const COMMON_PASSWORDS = /^(postgres|password|gatehouse|admin|root|redis|secret|changeme|\d{1,8})$/i;

/** Finds secrets that are long enough but easy to guess. Findings never show a value. */
export function lookAtSecrets({ secret, http, store }: Pick<Config, 'secret' | 'http' | 'store'>): Look {
  const keys = [
    ['JWT_SECRET_KEY', secret.key],
    ['JWT_SECRET_KEY_PREVIOUS', secret.previous],
    ['ROUTER_SECRET', http.routerSecret],
  ] as const;
  const stores = [
    ['DATABASE_URL', store.databaseUrl],
    ['REDIS_URL', store.redisUrl],
  ] as const;
  return {
    check,
    needs: [],
    async run() {
      const weak = [
        ...keys.flatMap(([name, key]) => (key !== undefined && isWeak(key) ? [ofKey(name)] : [])),
        ...stores.flatMap(([name, url]) => (url !== undefined && hasCommonPassword(url) ? [ofPassword(name)] : [])),
      ];
      return weak.length > 0 ? weak : [{ check, state: 'ok', says: 'no secret is easy to guess' }];
    },
  };
}

/** Returns true for a key that is repetitive or contains words. */
export function isWeak(key: string): boolean {
  return WORDS.test(key) || deflateRawSync(key, { level: 9 }).length < LEAST_PACKED_BYTES;
}

function hasCommonPassword(url: string): boolean {
  // The several hosts of a Sentinel or a Cluster do not parse as a URL, so the part before the last @ is matched.
  const [, user = '', password] = /^[a-z-]+:\/\/([^:@/]*):(.*)@/i.exec(url) ?? [];
  return password !== undefined && (password === user || COMMON_PASSWORDS.test(password));
}

function ofKey(name: string): Finding {
  return {
    check,
    state: 'warn',
    says: `${name} is easy to guess: it is repetitive or contains words`,
    todo: 'Create another with openssl rand -hex 32; docs/keys.md explains how to replace it without ending sessions.',
  };
}

function ofPassword(name: string): Finding {
  const says = `the password in ${name} is the user's name or a common password`;
  return { check, state: 'warn', says, todo: 'Give that user a random password, and set it here too.' };
}
