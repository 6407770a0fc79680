import { defineEntity, type InferEntity } from '@mikro-orm/core';

/** A passkey: a public key of an account, whose private half an authenticator keeps for one RP ID. */
export const PasskeyEntity = defineEntity({
  name: 'Passkey',
  tableName: 'passkeys',
  properties: (p) => ({
    id: p.uuid().primary(),
    userId: p.uuid(),
    /** The authenticator's id of the credential, unique over all accounts. */
    credentialId: p.blob(),
    /** The public key as a COSE key (RFC 9052). */
    publicKey: p.blob(),
    /** The authenticator's count of signatures at the last use; 0 where it keeps none, as synchronised ones do. */
    counter: p.bigint('number'),
    /** How browsers reach the authenticator, space-separated. */
    transports: p.string(),
    /** `singleDevice`, or `multiDevice` for a passkey that its provider may copy to other devices. */
    deviceType: p.string(),
    backedUp: p.boolean(),
    /** The name that its owner gave it. */
    name: p.string(),
    createdAt: p.datetime(),
    lastUsedAt: p.datetime().nullable(),
  }),
});

export type Passkey = InferEntity<typeof PasskeyEntity>;
