import { deflateRawSync } from 'node:zlib';
import type { Config } from '../../config/config.ts';
import type { Finding, Look } from './finding.ts';

const check = 'secrets';
/** 32 random bytes stay longer than this, in hex and in base64; what repeats itself does not. */
const LEAST_PACKED_BYTES = 24;
/** Words of placeholders. A random secret has one of them once in ten million times. */
const WORDS = /secret|password|change-?me|example|gatehouse/i;
/** Those that are tried first. */
const COMMON_PASSWORDS = /^(postgres|password|gatehouse|admin|root|redis|secret|changeme|\d{1,8})$/i;

/** Secrets that are long enough, and can be guessed all the same. No value is shown. */
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

/** Whether a key repeats itself, or is made of words. */
export function isWeak(key: string): boolean {
  return WORDS.test(key) || deflateRawSync(key, { level: 9 }).length < LEAST_PACKED_BYTES;
}

function hasCommonPassword(url: string): boolean {
  // Several hosts, of a Sentinel or a Cluster, are no URL; what stands before the last @ is the same.
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
