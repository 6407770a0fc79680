import { expect } from '@jest/globals';
import fc from 'fast-check';
import { digestOf, type Proofs } from '../../../src/proofs/proofs.ts';
import { SEALED, type SealedPurpose, STORED, type StoredPurpose } from '../../../src/proofs/purposes.ts';
import { type Db, query } from '../../../src/store/database/database.ts';
import { noteSecrets } from '../../support/log_file.ts';
import type { ModelProof, ModelSeal, ProofModel } from './model.ts';
import type { Fate, ProofSystem } from './system.ts';

/** One step, applied to the server and to the model. A step with nothing to do is skipped. */
type ProofCommand = fc.AsyncCommand<ProofModel, ProofSystem>;

const pick = fc.nat(1_000);
const replica = fc.nat(1);
const user = fc.nat(1);
const storedPurpose = fc.constantFrom(...(Object.keys(STORED) as StoredPurpose[]));
const sealedPurpose = fc.constantFrom(...(Object.keys(SEALED) as SealedPurpose[]));
const binding = fc.constantFrom(null, null, 'a browser');
const clientId = fc.constantFrom(null, null, 'an app');
const fate = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Fate>('lives') },
  { weight: 1, arbitrary: fc.constantFrom<Fate>('dies before the commit', 'dies after the commit') },
);
/** Mostly as the proof was made, sometimes by somebody else or for something else. */
const wrongly = fc.record({
  purpose: fc.option(storedPurpose, { freq: 3 }),
  clientId: fc.option(fc.constantFrom('an app', 'another app'), { freq: 6 }),
  binding: fc.option(fc.constantFrom('a browser', 'another browser'), { freq: 6 }),
});
type Wrongly = { readonly [K in keyof typeof NO_FAULT]: string | null };
const NO_FAULT = { purpose: null, clientId: null, binding: null };

const shownOf = ({ purpose, clientId, binding }: ModelProof, wrong: Wrongly) => ({
  purpose: (wrong.purpose ?? purpose) as StoredPurpose,
  clientId: wrong.clientId ?? clientId,
  binding: wrong.binding ?? binding,
});

interface Row {
  readonly digest: Buffer;
  readonly attempts: number;
  readonly used: boolean;
}

/** Compares every row of the accounts with the model. */
async function agree(model: ProofModel, system: ProofSystem): Promise<void> {
  const rows = await system.read(0, (_, db) =>
    query<Row>(db, 'select digest, attempts, used_at is not null as used from proofs where user_id in (?, ?)', [
      ...system.users,
    ]),
  );
  const stateOf = ({ attempts, used }: Omit<Row, 'digest'>) => `${attempts} ${used}`;
  const known = model.proofs.filter(({ isPurged }) => !isPurged);
  expect(rows.map(stateOf).sort()).toEqual(
    known.map(({ attempts, isUsed }) => stateOf({ attempts, used: isUsed })).sort(),
  );
  const byDigest = new Map(rows.map((row) => [Buffer.from(row.digest).toString('hex'), row]));
  for (const { shown, purpose, attempts, isUsed } of known) {
    if (!shown) continue;
    const row = byDigest.get(digestOf(purpose, shown.token).toString('hex'));
    expect(row && stateOf(row)).toBe(stateOf({ attempts, used: isUsed }));
  }
}

function command(
  title: string,
  check: (model: ProofModel) => boolean,
  run: (model: ProofModel, system: ProofSystem) => Promise<void>,
): ProofCommand {
  return {
    check,
    async run(model, system) {
      await run(model, system);
      await agree(model, system);
    },
    toString: () => title,
  };
}

const always = () => true;
const known = ({ proofs }: ProofModel) => proofs.filter(({ shown }) => shown !== null);
const some = (model: ProofModel) => known(model).length > 0;
const someSeal = ({ seals }: ProofModel) => seals.length > 0;
const one = (model: ProofModel, at: number) => known(model)[at % known(model).length]!;

/** Runs a step whose outcome the model knows; a process that died before its commit has changed nothing. */
async function step<T>(
  system: ProofSystem,
  { at, fate, expected }: { at: number; fate: Fate; expected: () => T },
  work: (proofs: Proofs, db: Db) => Promise<T>,
): Promise<void> {
  const answer = await system.change(at, work, fate);
  if (fate === 'dies before the commit') return;
  const right = expected();
  if (answer) expect(answer.result).toEqual(right);
}

const make = fc
  .record({ purpose: storedPurpose, user, clientId, binding, withCode: fc.boolean(), at: replica, fate })
  .map(({ at, fate, withCode, user, ...terms }) =>
    command(
      `make(${terms.purpose}, ${user}${withCode ? ', with a code' : ''}), which ${fate}`,
      ({ proofs }) => proofs.length < 10,
      async (model, system) => {
        const made = await system.change(
          at,
          (proofs, db) => proofs.make(db, { ...terms, userId: system.users[user]!, withCode }),
          fate,
        );
        if (fate === 'dies before the commit') return;
        noteSecrets(made?.result.token, made?.result.code);
        model.made({ ...terms, user, hasCode: withCode, shown: made && made.result });
        model.seen.add('made');
      },
    ),
  );

const attempt = fc.tuple(pick, wrongly, replica, fate).map(([which, wrong, at, fate]) =>
  command(`attempt(${which}, ${JSON.stringify(wrong)}), which ${fate}`, some, async (model, system) => {
    const proof = one(model, which);
    const shown = shownOf(proof, wrong);
    const expected = () => seenIf(model, 'attempted', model.attempt(proof, shown));
    await step(
      system,
      { at, fate, expected },
      async (proofs, db) => (await proofs.attempt(db, { ...shown, token: proof.shown!.token })) !== null,
    );
  }),
);

const attemptCode = fc
  .record({
    which: pick,
    purpose: fc.option(storedPurpose),
    otherUser: fc.boolean(),
    isRight: fc.boolean(),
    at: replica,
    fate,
  })
  .map(({ which, purpose: other, otherUser, isRight, at, fate }) =>
    command(`attempt code(${which}${isRight ? '' : ', wrong'}), which ${fate}`, some, async (model, system) => {
      const proof = one(model, which);
      const purpose = other ?? proof.purpose;
      const user = otherUser ? 1 - proof.user : proof.user;
      const code = (isRight ? proof.shown!.code : null) ?? 'U000-0000';
      const isTheirs = isRight && proof.hasCode && purpose === proof.purpose && user === proof.user;
      const expected = () =>
        seenIf(model, 'attempted by code', model.attemptCode(proof, { purpose, user, isRight: isTheirs }));
      await step(
        system,
        { at, fate, expected },
        async (proofs, db) => (await proofs.attemptCode(db, { purpose, userId: system.users[user]!, code })) !== null,
      );
    }),
  );

const useToken = fc.tuple(pick, wrongly, replica, fate).map(([which, wrong, at, fate]) =>
  command(`use(${which}, ${JSON.stringify(wrong)}), which ${fate}`, some, async (model, system) => {
    const proof = one(model, which);
    const shown = shownOf(proof, wrong);
    const expected = () => seenIf(model, 'used', model.useToken(proof, shown));
    await step(
      system,
      { at, fate, expected },
      async (proofs, db) => (await proofs.useToken(db, { ...shown, token: proof.shown!.token })) !== null,
    );
  }),
);

type Racer = 'use' | 'token' | 'other purpose' | 'end all';

/** Presents one proof from all sides at once, at both replicas: one may succeed. */
const race = fc
  .tuple(
    pick,
    fc.array(fc.constantFrom<Racer>('use', 'token', 'other purpose', 'end all'), { minLength: 2, maxLength: 6 }),
    storedPurpose,
  )
  .map(([which, racers, other]) =>
    command(`race(${which}, ${racers.join(', ')})`, some, async (model, system) => {
      const proof = one(model, which);
      const { token } = proof.shown!;
      const id = digestOf(proof.purpose, token);
      const isOpen = model.isOpen(proof);
      const run: Record<Racer, (proofs: Proofs, db: Db) => Promise<boolean>> = {
        use: (proofs, db) => proofs.use(db, { id }),
        token: async (proofs, db) => (await proofs.useToken(db, { ...shownOf(proof, NO_FAULT), token })) !== null,
        'other purpose': async (proofs, db) =>
          other !== proof.purpose &&
          (await proofs.useToken(db, { ...shownOf(proof, { ...NO_FAULT, purpose: other }), token })) !== null,
        'end all': async (proofs, db) => {
          await proofs.endAll(db, system.users[proof.user]!, [proof.purpose]);
          return false;
        },
      };
      const answers = await Promise.all(racers.map((racer, at) => system.change(at, run[racer])));
      const opened = racers.filter((_, at) => answers[at]!.result);
      expect(opened.filter((racer) => racer === 'other purpose')).toEqual([]);
      const able = racers.filter((racer) => racer === 'use' || racer === 'token');
      const isEnded = racers.includes('end all');
      if (!isOpen || able.length === 0) expect(opened).toEqual([]);
      else if (isEnded) expect(opened.length).toBeLessThanOrEqual(1);
      else expect(opened).toHaveLength(1);
      if (opened.length > 0) model.use(proof);
      if (isEnded) model.endAll(proof.user, [proof.purpose]);
      model.seen.add(isOpen ? 'raced' : 'raced too late');
    }),
  );

const endAll = fc
  .tuple(
    user,
    fc.option(fc.uniqueArray(storedPurpose, { minLength: 1, maxLength: 3 }), { nil: undefined }),
    replica,
    fate,
  )
  .map(([user, purposes, at, fate]) =>
    command(
      `end all(${user}${purposes ? `, ${purposes.join(' ')}` : ''}), which ${fate}`,
      some,
      async (model, system) => {
        const expected = () => {
          const ended = model.endAll(user, purposes);
          if (ended > 0) model.seen.add('ended');
          return ended;
        };
        await step(system, { at, fate, expected }, (proofs, db) => proofs.endAll(db, system.users[user]!, purposes));
      },
    ),
  );

const seal = fc.tuple(sealedPurpose, binding, replica).map(([purpose, binding, at]) =>
  command(
    `seal(${purpose})`,
    ({ seals }) => seals.length < 6,
    async (model, system) => {
      const text = await system.read(at, async (proofs) => proofs.seal(purpose, { data: {}, binding }, system.now));
      noteSecrets(text);
      model.sealed({ purpose, binding, text });
    },
  ),
);

/** Opens a sealed proof and redeems it; false if either is refused. */
const redeemed = async (
  proofs: Proofs,
  db: Db,
  { purpose, binding, text }: Omit<ModelSeal, 'expiresAt' | 'isUsed'>,
  now: number,
) => {
  const opened = proofs.open(purpose, { text, binding }, now);
  return opened !== null && proofs.redeem(db, purpose, opened);
};

const redeem = fc
  .record({
    which: pick,
    purpose: fc.option(sealedPurpose, { freq: 3 }),
    by: fc.option(fc.constant('another browser'), { freq: 6 }),
    at: replica,
    fate,
  })
  .map(({ which, purpose: other, by, at, fate }) =>
    command(`redeem(${which}${by ? `, ${by}` : ''}), which ${fate}`, someSeal, async (model, system) => {
      const sealed = model.seals[which % model.seals.length]!;
      const shown = { text: sealed.text, purpose: other ?? sealed.purpose, binding: by ?? sealed.binding };
      const isTheirs = shown.purpose === sealed.purpose && by === null;
      const expected = () => seenIf(model, 'redeemed', isTheirs && model.use(sealed));
      await step(system, { at, fate, expected }, (proofs, db) => redeemed(proofs, db, shown, system.now));
    }),
  );

const raceRedeem = fc.tuple(pick, fc.integer({ min: 2, max: 6 }), sealedPurpose).map(([which, times, other]) =>
  command(`redeem together(${which}, ${times} times)`, someSeal, async (model, system) => {
    const sealed = model.seals[which % model.seals.length]!;
    const isOpen = model.isOpen(sealed);
    // The first one presents it for another purpose.
    const answers = await Promise.all(
      Array.from({ length: times }, (_, at) => {
        const shown = at === 0 && other !== sealed.purpose ? { ...sealed, purpose: other } : sealed;
        return system.change(at, (proofs, db) => redeemed(proofs, db, shown, system.now));
      }),
    );
    expect(answers.filter((answer) => answer!.result)).toHaveLength(isOpen ? 1 : 0);
    model.use(sealed);
    model.seen.add(isOpen ? 'redeemed together' : 'redeemed too late');
  }),
);

async function later(model: ProofModel, system: ProofSystem, milliseconds: number): Promise<void> {
  model.now += milliseconds;
  await system.elapse(milliseconds);
}

/** Moves to the moment at which a proof expires, or a millisecond before or after it. */
const edge = fc.tuple(pick, fc.constantFrom(-1, 0, 1)).map(([which, after]) =>
  command(`${after} ms after the end of ${which}`, always, async (model, system) => {
    const all = [...model.proofs, ...model.seals];
    const end = all.length === 0 ? 0 : all[which % all.length]!.expiresAt + after;
    if (end > model.now) await later(model, system, end - model.now);
  }),
);

const wait = fc
  .constantFrom(1_000, 60_000, 90_000_000)
  .map((milliseconds) =>
    command(`wait(${milliseconds} ms)`, always, (model, system) => later(model, system, milliseconds)),
  );

const purge = fc.constant(
  command('purge', always, async (model, system) => {
    await system.purge();
    model.purge();
  }),
);

const flush = fc.constant(command('Redis flushed', always, (_, system) => system.flush()));

function seenIf(model: ProofModel, what: string, isRight: boolean): boolean {
  model.seen.add(isRight ? what : `not ${what}`);
  return isRight;
}

/** Each outcome that some run must have had. */
export const OUTCOMES = [
  ...['attempted', 'attempted by code', 'used', 'redeemed'].flatMap((what) => [what, `not ${what}`]),
  'ended',
  'made',
  'raced',
  'raced too late',
  'redeemed together',
  'redeemed too late',
].sort();

/** Frequent are proofs and their uses, rare what ends all of them. */
export const commands = [
  ...[make, make, make, make, attempt, attempt, attemptCode, attemptCode, useToken, useToken, race, race],
  ...[seal, seal, redeem, redeem, raceRedeem, endAll, edge, wait, purge, flush],
];
