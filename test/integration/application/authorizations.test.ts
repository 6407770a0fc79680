import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SYSTEM } from '../../../src/kernel/actor.ts';
import { Refusal } from '../../../src/kernel/errors.ts';
import type { Client } from '../../../src/clients/client.entity.ts';
import { findClient } from '../../../src/clients/clients.ts';
import type { Authorizations, Interaction } from '../../../src/application/oauth/authorizations.ts';
import { createUseCases } from '../../../src/application/use_cases.ts';
import { openEmbeddedServices } from '../../support/open_stores.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

let now = Math.floor(Date.now() / 1000) * 1000;
let services: Awaited<ReturnType<typeof openEmbeddedServices>>;
let client: Client;

/** A replica, whose clock is so much behind. PostgreSQL's is not. */
const replica = (behind = 0): Authorizations =>
  createUseCases({ ...services, clock: () => now - behind }).authorizations;

beforeAll(async () => {
  services = await openEmbeddedServices(() => now);
  const app = {
    name: 'app',
    public: true,
    redirectUris: ['https://app.example/'],
    grantTypes: ['authorization_code'],
    scopes: [],
  };
  const by = { actor: SYSTEM, request: { address: '192.0.2.1', userAgent: null, requestId: 'a request' } };
  const {
    client: { id },
  } = await createUseCases(services).clients.create(app, by);
  client = (await services.database.run((db) => findClient(db, id)))!;
});
afterAll(() => services.close());

const find: Authorizations['find'] = (pending) => replica().find(pending);
const deny: Authorizations['deny'] = (pending, origin) => replica().deny(pending, origin);
const begin = () => replica().begin({ ...REQUEST, clientId: client.id });

const REQUEST = { redirectUri: 'https://app.example/', challenge: 'c', scope: null, state: null };
const refusalOf = (work: Promise<unknown>) =>
  work.then(
    () => 'ok',
    (error: unknown) => (error instanceof Refusal ? error.kind : error),
  );
const no = { address: '192.0.2.1' } as Parameters<typeof deny>[1];

let interaction: Interaction;
beforeEach(() => {
  interaction = { ...begin(), client };
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
  const refuse = (address: string) => refusalOf(deny({ ...begin(), client }, from(address)));

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
