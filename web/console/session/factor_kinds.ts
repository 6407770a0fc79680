import type { RequiredAuthentication } from 'gatehouse-client';

type Method = RequiredAuthentication['methods'][number];

/** The names of the proofs, as arguments of the server's fields. */
const KINDS = {
  PASSKEY: 'passkey',
  TOTP: 'totp',
  PASSWORD: 'password',
  RECOVERY_CODE: 'recoveryCode',
} as const satisfies Record<Method, string>;

export type FactorKind = (typeof KINDS)[Method];

/** Returns the kinds of the methods that this page knows, in the order in which it offers them. */
export function kindsOf(methods: readonly Method[]): readonly FactorKind[] {
  return (Object.keys(KINDS) as Method[]).filter((method) => methods.includes(method)).map((method) => KINDS[method]);
}
