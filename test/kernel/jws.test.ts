import { generateKeyPairSync, KeyObject, randomBytes, createSecretKey } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { jwtVerify } from 'jose';
import { type JwsHeader, signJws, signJwsInPool } from '../../src/kernel/jws.ts';

const secret = createSecretKey(randomBytes(32));
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed = generateKeyPairSync('ed25519');

describe('a signed JWT', () => {
  const cases: [JwsHeader['alg'], KeyObject, KeyObject][] = [
    ['HS256', secret, secret],
    ['RS256', rsa.privateKey, rsa.publicKey],
    ['ES256', ec.privateKey, ec.publicKey],
    ['EdDSA', ed.privateKey, ed.publicKey],
  ];

  it.each(cases)('verifies by another library: %s', async (alg, signing, verifying) => {
    const header = { alg, typ: 'at+jwt', kid: 'one' };
    const claims = { sub: 'kandi', name: 'Ünïcode 🗝' };
    const tokens = [signJws(header, claims, signing)];
    if (alg !== 'HS256') tokens.push(await signJwsInPool({ ...header, alg }, claims, signing));
    for (const token of tokens) {
      const verified = await jwtVerify(token, verifying, { algorithms: [alg], typ: 'at+jwt' });
      expect(verified.payload).toEqual(claims);
      expect(verified.protectedHeader).toEqual(header);
    }
  });

  it('does not verify with another key', async () => {
    const token = signJws({ alg: 'EdDSA', typ: 'at+jwt', kid: 'one' }, { sub: 'kandi' }, ed.privateKey);
    const { publicKey } = generateKeyPairSync('ed25519');
    await expect(jwtVerify(token, publicKey)).rejects.toMatchObject({ code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' });
  });
});
