import { integer, key, oneOf, secret, type Values } from '../kernel/variables.ts';
import type { JwsAlgorithm } from '../kernel/jws.ts';

/** The variables of the signing keys. */
export const keyVariables = {
  JWT_SECRET_KEY: secret(key.optional()),
  JWT_SECRET_KEY_PREVIOUS: secret(key.optional()),
  ALGORITHM: oneOf('HS256', 'RS256', 'ES256', 'EdDSA').default('HS256'),
  KEY_ROTATION_DAYS: integer(0, 3_650).default(90),
};

export interface KeySettings {
  readonly algorithm: JwsAlgorithm;
  /** 0 turns automatic rotation off. */
  readonly keyRotationDays: number;
}

export interface SecretSettings {
  /** `JWT_SECRET_KEY`; undefined if it is generated into the data folder at the start (embedded mode only). */
  readonly key: string | undefined;
  readonly previous: string | undefined;
}

export function keySettings(values: Values<typeof keyVariables>): KeySettings {
  return { algorithm: values.ALGORITHM, keyRotationDays: values.KEY_ROTATION_DAYS };
}

export function secretSettings(values: Values<typeof keyVariables>): SecretSettings {
  return { key: values.JWT_SECRET_KEY, previous: values.JWT_SECRET_KEY_PREVIOUS };
}
