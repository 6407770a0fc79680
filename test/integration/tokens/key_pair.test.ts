import { expect, it } from '@jest/globals';
import { makePair, sealingKeys } from '../../../src/keys/key_pair.ts';
import { SECRET } from '../../support/open_stores.ts';

it('no key has an id that a command line takes for an option', async () => {
  const sealing = sealingKeys([SECRET]);
  // One thumbprint in 64 begins with "-". By chance, none of this many does once in seven million runs.
  const pairs = await Promise.all(
    Array.from({ length: 1000 }, () => makePair({ algorithm: 'EdDSA', sealing }, 'next', new Date())),
  );
  expect(pairs.map(({ kid }) => kid).filter((kid) => !/^\w[\w-]{42}$/.test(kid))).toEqual([]);
});
