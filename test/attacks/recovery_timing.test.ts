import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Instance, startInstance } from '../support/instance.ts';
import { isDistinguishable, shuffle, slower } from '../support/rank_test.ts';

/** Threat: the time of an answer discloses which accounts exist. `timing.test.ts` explains the test. */
const SAMPLES = 300;

describe('the time of the answer', () => {
  let gatehouse: Instance;
  beforeAll(async () => {
    const env = { TRUST_PROXY: '127.0.0.1', REGISTRATION: 'open', LOG_LEVEL: 'warn', LOGIN_LIMIT_PER_IP: '1000000' };
    gatehouse = await startInstance({ env });
  });
  afterAll(() => gatehouse.close());

  let network = 0;
  /** Sends a mutation from a network of its own, and returns the milliseconds of the answer. */
  async function time(query: string, variables: Record<string, unknown>): Promise<{ ms: number; text: string }> {
    network += 1;
    const headers = {
      'content-type': 'application/json',
      'x-forwarded-for': `2001:db8:${(network >> 16).toString(16)}:${(network & 0xffff).toString(16)}::1`,
    };
    const began = performance.now();
    const answer = await fetch(`${gatehouse.url}/graphql`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ query, variables }),
    });
    const text = await answer.text();
    return { ms: performance.now() - began, text };
  }

  async function addAccounts(names: readonly string[]): Promise<void> {
    const rows = names.map((name) => `(gen_random_uuid(), '${name}', '${name}@example.com', 'user', '', now(), now())`);
    await gatehouse.sql(
      `insert into users (id, username, email, role, password_hash, created_at, email_verified_at) values ${rows.join(', ')}`,
    );
  }

  /** Measures a request for known and unknown names in random order. */
  async function compare(send: (name: string) => Promise<{ ms: number; text: string }>) {
    const known = Array.from({ length: SAMPLES + 20 }, () => randomUUID());
    await addAccounts(known);
    const unknown = Array.from({ length: SAMPLES + 20 }, () => randomUUID());
    const times: { known: number[]; unknown: number[] } = { known: [], unknown: [] };
    const texts = new Set<string>();
    for (const [kind, name] of shuffle([
      ...known.map((name) => ['known', name] as const),
      ...unknown.map((name) => ['unknown', name] as const),
    ])) {
      const { ms, text } = await send(name);
      times[kind].push(ms);
      texts.add(text.replaceAll(/[\da-f]{8}-[\da-f-]{27}/g, '…'));
    }
    times.known.splice(0, 20);
    times.unknown.splice(0, 20);
    return { times, texts };
  }

  it.each<[string, (name: string) => Promise<{ ms: number; text: string }>]>([
    [
      'to a request for a reset',
      (name) =>
        time('mutation ($account: String!) { requestPasswordReset(account: $account) }', {
          account: `${name}@example.com`,
        }),
    ],
    [
      'to a wrong code of a reset',
      (account) =>
        time(
          'mutation ($account: String!) { resetPassword(account: $account, code: "0000-0000", newPassword: "a new password") }',
          { account },
        ),
    ],
    [
      'to a wrong code of a confirmation',
      (account) =>
        time('mutation ($account: String!) { verifyEmail(account: $account, code: "0000-0000") }', { account }),
    ],
  ])(
    '%s is the same for every account, and so are its bytes',
    async (_what, send) => {
      const { times, texts } = await compare(send);
      expect([...texts]).toHaveLength(1);
      expect([slower(times.known, times.unknown), isDistinguishable(times.known, times.unknown)]).toEqual([
        expect.any(Number),
        false,
      ]);
    },
    240_000,
  );

  it('to the next request does not disclose the work for the one before', async () => {
    const { times } = await compare(async (name) => {
      await time('mutation ($account: String!) { requestPasswordReset(account: $account) }', { account: name });
      return time('{ gatehouse { registrationOpen } }', {});
    });
    expect(isDistinguishable(times.known, times.unknown)).toBe(false);
  }, 240_000);

  it('to a registration is the same for an address that is taken', async () => {
    const { times, texts } = await compare((name) =>
      time('mutation ($input: RegisterInput!) { register(input: $input) { id username email emailVerified role } }', {
        input: { username: randomUUID(), email: `${name}@example.com`, password: 'a password of these tests' },
      }),
    );
    expect([...texts]).toHaveLength(1);
    expect(isDistinguishable(times.known, times.unknown)).toBe(false);
  }, 240_000);
});
