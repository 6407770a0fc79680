import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { digest } from '../../../src/kernel/secret.ts';
import { ProofEntity } from '../../../src/proofs/proof.entity.ts';
import { createProofs, type Proofs } from '../../../src/proofs/proofs.ts';
import { SEALED, STORED, type SealedPurpose, type StoredPurpose } from '../../../src/proofs/purposes.ts';
import type { Services } from '../../../src/application/foundation/services.ts';
import { createDatabaseTime } from '../../../src/store/database/database_time.ts';
import { createUser } from '../../../src/users/users.ts';
import { describeOnStores } from '../../support/instance.ts';
import { openStores, type OpenStores, SECRET, servicesOver } from '../../support/open_stores.ts';

const STORED_PURPOSES = Object.keys(STORED) as StoredPurpose[];
const SEALED_PURPOSES = Object.keys(SEALED) as SealedPurpose[];

describeOnStores('proofs', (stores) => {
  let now = Math.floor(Date.now() / 1000) * 1000;
  const clock = () => now;
  let open: OpenStores;
  let services: Services;
  let proofs: Proofs;
  let userId: string;
  let otherId: string;
  beforeAll(async () => {
    open = await openStores(stores, clock);
    services = await servicesOver(open, clock);
    proofs = services.proofs;
    const add = async (username: string) =>
      services.database.transaction(async (db) => {
        const profile = { username, email: `${username}@example.com`, fullName: null, role: 'user' };
        return (await createUser(db, { ...profile, passwordHash: 'none' }, new Date(now))).id;
      });
    userId = await add('anna');
    otherId = await add('boris');
  });
  afterAll(() => open.close());

  const inTransaction: Services['database']['transaction'] = (work) => services.database.transaction(work);
  const make = (proof: Partial<Parameters<Proofs['make']>[1]> = {}) =>
    inTransaction((db) => proofs.make(db, { purpose: 'sign-in', userId, ...proof }));
  const useToken = (shown: Partial<Parameters<Proofs['useToken']>[1]> & { token: string }) =>
    inTransaction((db) => proofs.useToken(db, { purpose: 'sign-in', ...shown }));

  describe('stored', () => {
    it('are used once, also by twenty requests at once', async () => {
      const { token } = await make({ data: { some: 'terms' } });
      const used = await Promise.all(Array.from({ length: 20 }, () => useToken({ token })));
      expect(used.filter((proof) => proof !== null)).toEqual([
        expect.objectContaining({ userId, data: { some: 'terms' } }),
      ]);
    });

    it.each(STORED_PURPOSES)('with the purpose %s are unknown to every other purpose', async (purpose) => {
      const { token, code } = await make({ purpose, withCode: true });
      for (const other of STORED_PURPOSES.filter((each) => each !== purpose)) {
        expect(await useToken({ purpose: other, token })).toBeNull();
        expect(await inTransaction((db) => proofs.attempt(db, { purpose: other, token }))).toBeNull();
        const shown = { purpose: other, userId, code: code! };
        expect(await inTransaction((db) => proofs.attemptCode(db, shown))).toBeNull();
      }
      expect(await useToken({ purpose, token })).not.toBeNull();
    });

    it.each<[string, object, object]>([
      ['another browser', { binding: 'one' }, { binding: 'two' }],
      ['no browser', { binding: 'one' }, {}],
      ['a browser, if they are bound to none', {}, { binding: 'one' }],
      ['another client', { clientId: 'one' }, { clientId: 'two' }],
      ['no client', { clientId: 'one' }, { clientId: null }],
    ])('are refused for %s', async (_who, made, shown) => {
      const { token } = await make(made);
      expect(await useToken({ token, ...shown })).toBeNull();
      expect(await inTransaction((db) => proofs.attempt(db, { purpose: 'sign-in', token, ...shown }))).toBeNull();
      expect(await useToken({ token, ...made })).not.toBeNull();
    });

    it('expire by the clock of the database', async () => {
      const { token, expiresAt } = await make();
      expect(expiresAt.getTime()).toBe(now + 300_000);
      now += 300_000;
      expect(await useToken({ token })).toBeNull();
      now -= 1;
      expect(await useToken({ token })).not.toBeNull();
    });

    it('have no more attempts than their purpose, also if they come at once', async () => {
      const { token } = await make();
      const attempts = await Promise.all(
        Array.from({ length: 20 }, () => inTransaction((db) => proofs.attempt(db, { purpose: 'sign-in', token }))),
      );
      expect(attempts.filter((proof) => proof !== null)).toHaveLength(5);
    });

    it('lose an attempt with each wrong code, and take the right one as a person types it', async () => {
      const { code } = await make({ purpose: 'password-reset', withCode: true });
      expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/);
      const attempt = (typed: string) =>
        inTransaction((db) => proofs.attemptCode(db, { purpose: 'password-reset', userId, code: typed }));
      for (let tries = 0; tries < 4; tries += 1) expect(await attempt('WRONGONE')).toBeNull();
      const typed = ` ${code!.toLowerCase().replaceAll('0', 'o').replaceAll('1', 'l').replace('-', ' ')} `;
      expect(await attempt(typed)).not.toBeNull();
      expect(await attempt(code!)).toBeNull();
    });

    it('do not take the code of another account', async () => {
      const { code } = await make({ purpose: 'password-reset', withCode: true });
      const shown = { purpose: 'password-reset', userId: otherId, code: code! } as const;
      expect(await inTransaction((db) => proofs.attemptCode(db, shown))).toBeNull();
    });

    it('are voided together, by account and by purpose', async () => {
      const [ticket, reset, others] = await Promise.all([
        make(),
        make({ purpose: 'password-reset' }),
        make({ userId: otherId }),
      ]);
      await inTransaction((db) => proofs.endAll(db, userId, ['password-reset']));
      expect(await useToken({ purpose: 'password-reset', token: reset.token })).toBeNull();
      await inTransaction((db) => proofs.endAll(db, userId));
      expect(await useToken({ token: ticket.token })).toBeNull();
      expect(await useToken({ token: others.token })).not.toBeNull();
    });

    it('are in the database only as digests', async () => {
      const { token, code } = await make({ purpose: 'password-reset', withCode: true });
      const rows = JSON.stringify(await services.database.run((db) => db.find(ProofEntity, {})));
      const plain = digest(code!.replace('-', ''));
      for (const secret of [token, code!, code!.replace('-', ''), plain.toString('base64')]) {
        expect(rows).not.toContain(secret);
      }
    });
  });

  describe('sealed', () => {
    const seal = (purpose: SealedPurpose, binding: string | null = null) =>
      proofs.seal(purpose, { data: { user: 'anna' }, binding }, now);
    const redeem = (purpose: SealedPurpose, proof: Parameters<Proofs['redeem']>[2]) =>
      inTransaction((db) => proofs.redeem(db, purpose, proof));

    it('cause no row until they are redeemed, and are redeemed once, also by twenty requests at once', async () => {
      const count = () => services.database.run((db) => db.count(ProofEntity, {}));
      const before = await count();
      const opened = proofs.open('passkey-assertion', { text: seal('passkey-assertion') }, now)!;
      expect(opened.data).toEqual({ user: 'anna' });
      expect(await count()).toBe(before);
      const redeemed = await Promise.all(Array.from({ length: 20 }, () => redeem('passkey-assertion', opened)));
      expect(redeemed.filter(Boolean)).toHaveLength(1);
      expect(await count()).toBe(before + 1);
    });

    it.each(SEALED_PURPOSES)('with the purpose %s cannot be opened for another purpose', (purpose) => {
      const text = seal(purpose);
      for (const other of SEALED_PURPOSES) {
        expect(proofs.open(other, { text }, now) !== null).toBe(other === purpose);
      }
    });

    it('are refused in another browser, changed, foreign, too long and late', () => {
      const text = seal('consent', 'one');
      const flipped = Buffer.from(text, 'base64url');
      flipped[20]! ^= 1;
      const foreign = createProofs([`another ${SECRET}`], createDatabaseTime(clock)).seal('consent', { data: {} }, now);
      const open = (shown: Parameters<Proofs['open']>[1], at = now) => proofs.open('consent', shown, at);
      expect(open({ text, binding: 'one' })).not.toBeNull();
      expect(open({ text, binding: 'two' })).toBeNull();
      expect(open({ text })).toBeNull();
      expect(open({ text: seal('consent'), binding: 'one' })).toBeNull();
      expect(open({ text: flipped.toString('base64url'), binding: 'one' })).toBeNull();
      expect(open({ text: foreign })).toBeNull();
      expect(open({ text: '' })).toBeNull();
      expect(open({ text: 'A'.repeat(5000) })).toBeNull();
      expect(open({ text, binding: 'one' }, now + SEALED.consent.seconds * 1000)).toBeNull();
    });

    it('open with the previous secret while it is replaced', () => {
      const replaced = createProofs([`another ${SECRET}`, SECRET], createDatabaseTime(clock));
      expect(replaced.open('consent', { text: seal('consent') }, now)).not.toBeNull();
    });

    it('cannot be redeemed after their time', async () => {
      const opened = proofs.open('consent', { text: seal('consent') }, now)!;
      now += SEALED.consent.seconds * 1000;
      expect(await redeem('consent', opened)).toBe(false);
    });
  });
});
