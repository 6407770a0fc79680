import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Refusal } from '../../src/kernel/errors.ts';
import { createQuotas } from '../../src/limits/quotas.ts';
import { createAuthorizations, type Interaction } from '../../src/application/oauth/authorizations.ts';
import type { Services } from '../../src/application/foundation/services.ts';
import { openMemory } from '../../src/store/keyvalue/memory.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

let now = Date.parse('2026-01-01T00:00:00Z');
const keyValue = openMemory(() => now);
afterAll(() => keyValue.close());

/** A replica, whose clock is so much behind. */
const replica = (behind = 0) =>
  createAuthorizations(
    {
      keyValue,
      clock: () => now - behind,
      database: { run: async () => ({ id: 'app' }) },
      quotas: createQuotas(keyValue),
    } as unknown as Services,
    () => Promise.reject(new Error('nobody signs in here')),
    () => Promise.reject(new Error('nor changes anything')),
  );
const { begin, find, deny } = replica();

const REQUEST = { clientId: 'app', redirectUri: 'https://app.example/', challenge: 'c', scope: null, state: null };
const refusalOf = (work: Promise<unknown>) =>
  work.then(
    () => 'ok',
    (error: unknown) => (error instanceof Refusal ? error.kind : error),
  );
const no = { address: '192.0.2.1' } as Parameters<typeof deny>[1];

let interaction: Interaction;
beforeEach(() => {
  interaction = { ...begin(REQUEST), client: { id: 'app' } } as Interaction;
});

describe('a transaction that waits for an answer', () => {
  it.each([
    [0, 'ok'],
    [10 * MINUTE - 1, 'ok'],
    [10 * MINUTE, 'TRANSACTION'],
  ])('is found %i ms after it began: %s', async (later, outcome) => {
    now += later;
    expect(await refusalOf(find(interaction))).toBe(outcome);
  });
});

describe('a transaction that was answered', () => {
  it.each([0, SECOND, MINUTE, MINUTE + SECOND, 5 * MINUTE, 10 * MINUTE, 11 * MINUTE - 1])(
    'is not answered again %i ms later',
    async (later) => {
      expect(await refusalOf(deny(interaction, no))).toBe('ok');
      now += later;
      expect(await refusalOf(deny(interaction, no))).toBe('TRANSACTION');
    },
  );

  it.each([0, MINUTE, 5 * MINUTE, 10 * MINUTE - 1])('is not found %i ms later', async (later) => {
    await deny(interaction, no);
    now += later;
    expect(await refusalOf(find(interaction))).toBe('TRANSACTION');
  });

  it('is not found by a replica whose clock is a minute behind', async () => {
    await deny(interaction, no);
    now += 11 * MINUTE - SECOND;
    // By that clock the transaction waits still.
    expect(await refusalOf(replica(MINUTE).find(interaction))).toBe('TRANSACTION');
  });
});

// Anybody can ask for a transaction and say no, and each no is remembered.
describe('a no', () => {
  const from = (address: string) => ({ address }) as Parameters<typeof deny>[1];
  const refuse = (address: string) => refusalOf(deny({ ...begin(REQUEST), client: interaction.client }, from(address)));

  it('is counted by the network it comes from, and refused beyond what is remembered of one', async () => {
    const answers = await Promise.all(Array.from({ length: 310 }, (_, n) => refuse(`2001:db8:0:7::${n.toString(16)}`)));
    expect(answers.filter((answer) => answer === 'ok')).toHaveLength(300);
    expect(new Set(answers)).toEqual(new Set(['ok', 'RATE_LIMITED']));
    expect(await refuse('2001:db8:0:8::1')).toBe('ok');
    // Nothing was remembered of the one that was refused: it may be given later.
    expect(await refusalOf(deny(interaction, from('2001:db8:0:7::1')))).toBe('RATE_LIMITED');
    expect(await refusalOf(find(interaction))).toBe('ok');
  });
});
