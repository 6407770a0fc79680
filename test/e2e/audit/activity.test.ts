import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  AuditEventsDocument,
  type AuditEventsQueryVariables,
  SignInActivityDocument,
  type SignInActivityQueryVariables,
} from '../../../schema/documents.ts';
import { describeOnStores, type Instance, startInstance } from '../../support/instance.ts';
import { adminToken, createUser } from '../../support/accounts.ts';

/** A day without other events. */
const DAY = '2026-03-29';
const at = (time: string) => `${DAY}T${time}Z`;

const EVENTS: readonly [at: string, type: string, address: string][] = [
  [at('00:00:00.000'), 'login.succeeded', '192.0.2.1'],
  [at('00:59:59.999'), 'login.succeeded', '192.0.2.1'],
  [at('01:00:00.000'), 'login.failed', '192.0.2.2'],
  [at('01:30:00.000'), 'login.failed', '192.0.2.2'],
  [at('01:30:00.000'), 'login.limited', '192.0.2.2'],
  [at('03:00:00.001'), 'refresh.reused', '192.0.2.10'],
  [at('03:00:00.002'), 'code.reused', '2001:db8::1'],
  // Not counted by a chart.
  [at('03:00:00.003'), 'refresh.repeated', '192.0.2.1'],
  [at('03:00:00.004'), 'user.created', '192.0.2.1'],
];

describeOnStores('what happened', (stores) => {
  let gatehouse: Instance;
  let token: string;
  beforeAll(async () => {
    gatehouse = await startInstance({ stores });
    token = await adminToken(gatehouse);
    const rows = EVENTS.map(
      ([time, type, address]) => `('${randomUUID()}', '${time}', '${type}', 'somebody.else', '${address}')`,
    );
    await gatehouse.sql(`insert into audit_events (id, at, type, subject, address) values ${rows.join(', ')}`);
  });
  afterAll(() => gatehouse.close());

  const ask = (variables: SignInActivityQueryVariables, bearer = token) =>
    gatehouse.client.send(SignInActivityDocument, variables, { token: bearer });

  describe('over time', () => {
    /** Returns each step in short: its beginning, then sign-ins, failures, limits and reuses. */
    const counts = async (from: string, to: string, step: SignInActivityQueryVariables['step']) => {
      const { data, errors } = await ask({ from, to, step });
      expect(errors).toBeUndefined();
      return data!.signInActivity.map(
        ({ at: time, signIns, failures, limited, reuses }) =>
          `${time.slice(11, 19)} ${signIns} ${failures} ${limited} ${reuses}`,
      );
    };

    it.each<[string, Parameters<typeof counts>, string[]]>([
      [
        'in hours, with those in which nothing happened',
        [at('00:00:00'), at('04:00:00'), 'HOUR'],
        ['00:00:00 2 0 0 0', '01:00:00 0 2 1 0', '02:00:00 0 0 0 0', '03:00:00 0 0 0 2'],
      ],
      ['in a day', [at('00:00:00'), '2026-03-30T00:00:00Z', 'DAY'], ['00:00:00 2 2 1 2']],
      [
        'from whenever it is asked from',
        [at('00:30:00'), at('02:30:00'), 'HOUR'],
        ['00:30:00 1 1 0 0', '01:30:00 0 1 1 0'],
      ],
      [
        'as somebody elsewhere asks, whose hours are shifted',
        [`${DAY}T06:15:00+05:45`, `${DAY}T08:15:00+05:45`, 'HOUR'],
        ['00:30:00 1 1 0 0', '01:30:00 0 1 1 0'],
      ],
      [
        'to the end and not with it',
        [at('00:00:00'), at('01:30:00'), 'HOUR'],
        ['00:00:00 2 0 0 0', '01:00:00 0 1 0 0'],
      ],
      ['in minutes', [at('00:58:30'), at('01:00:30'), 'MINUTE'], ['00:58:30 0 0 0 0', '00:59:30 1 1 0 0']],
      ['in a moment', [at('01:00:00.000'), at('01:00:00.001'), 'DAY'], ['01:00:00 0 1 0 0']],
      ['where there is no log yet', ['1990-01-01T00:00:00Z', '1990-01-01T00:01:00Z', 'MINUTE'], ['00:00:00 0 0 0 0']],
    ])('%s', async (_when, asked, expected) => {
      expect(await counts(...asked)).toEqual(expected);
    });

    it('tells of the sign-ins of now', async () => {
      const { username, password } = await createUser(gatehouse);
      const from = new Date(Date.now() - 3_600_000).toISOString();
      const failures = async () => {
        const { data } = await ask({ from, to: new Date(Date.now() + 60_000).toISOString(), step: 'DAY' });
        return data!.signInActivity.map(({ signIns, failures: failed }) => [signIns, failed]);
      };
      const [[signIns = 0, failed = 0] = []] = await failures();
      await gatehouse.client.tryLogin(username, 'not the right password');
      await gatehouse.client.tryLogin(username, password);
      expect(await failures()).toEqual([[signIns + 1, failed + 1]]);
    });

    it('has a thousand steps', async () => {
      expect(await counts('2026-01-01T00:00:00Z', '2026-01-01T16:40:00Z', 'MINUTE')).toHaveLength(1000);
    });

    it.each<[string, string, string, SignInActivityQueryVariables['step']]>([
      ['of a thousand steps and one', '2026-01-01T00:00:00Z', '2026-01-01T16:40:00.001Z', 'MINUTE'],
      ['of all times', '0001-01-01T00:00:00Z', '9999-12-31T00:00:00Z', 'DAY'],
      ['that is over at once', at('00:00:00'), at('00:00:00'), 'HOUR'],
      ['that ends before it begins', at('01:00:00'), at('00:00:00'), 'HOUR'],
      ['of a year that is none', '0000-01-01T00:00:00Z', '0000-01-02T00:00:00Z', 'HOUR'],
      ['of a day that is none', '2026-02-30T00:00:00Z', '2026-03-01T00:00:00Z', 'HOUR'],
      ['in words', 'yesterday', 'today', 'HOUR'],
      ['of steps that there are not', at('00:00:00'), at('01:00:00'), 'YEAR' as 'DAY'],
    ])('refuses a time %s', async (_what, from, to, step) => {
      const { refusal, data } = await ask({ from, to, step });
      expect([refusal, data ?? null]).toEqual(['BAD_USER_INPUT', null]);
    });

    it('is for admins, and what they gave `audit:read` to', async () => {
      const asked = { from: at('00:00:00'), to: at('01:00:00'), step: 'HOUR' } as const;
      const scoped = async (scope: string) =>
        (await gatehouse.client.form('/token', { ...gatehouse.admin, scope })).body.access_token as string;
      const kandi = await createUser(gatehouse);
      const { accessToken } = await gatehouse.client.login(kandi.username, kandi.password);
      expect((await ask(asked, await scoped('audit:read'))).refusal).toBeUndefined();
      for (const bearer of [await scoped('users:read'), accessToken]) {
        expect((await ask(asked, bearer)).refusal).toBe('FORBIDDEN');
      }
    });
  });

  describe('in the log', () => {
    const read = (variables: AuditEventsQueryVariables) =>
      gatehouse.client.send(AuditEventsDocument, { username: 'somebody.else', ...variables }, { token });

    it.each<[string, AuditEventsQueryVariables, number[]]>([
      ['from an address', { address: '192.0.2.1' }, [8, 7, 1, 0]],
      ['from an address, and not from those that begin like it', { address: '192.0.2.10' }, [5]],
      ['from an address of version 6', { address: '2001:db8::1' }, [6]],
      ['from then on', { from: at('03:00:00.003') }, [8, 7]],
      ['before then', { to: at('01:00:00.000') }, [1, 0]],
      ['between', { from: at('01:00:00.000'), to: at('01:30:00.000') }, [2]],
      ['at a moment that is none', { from: at('01:00:00.000'), to: at('01:00:00.000') }, []],
      ['of all that', { address: '192.0.2.2', type: 'login.limited', from: at('01:00:00'), to: at('02:00:00') }, [4]],
      ['of all years', { from: '0001-01-01T00:00:00Z', to: '9999-12-31T23:59:59.999Z' }, [8, 7, 6, 5, 4, 3, 2, 1, 0]],
      ['of anything', { address: null, from: null, to: null, type: null }, [8, 7, 6, 5, 4, 3, 2, 1, 0]],
    ])('%s', async (_which, filter, expected) => {
      const { data, errors } = await read(filter);
      expect(errors).toBeUndefined();
      const shown = data!.auditEvents.edges.map(({ node }) => `${node.at} ${node.type}`).sort();
      expect(shown).toEqual(expected.map((n) => `${EVENTS[n]![0]} ${EVENTS[n]![1]}`).sort());
    });

    it('page after page', async () => {
      const seen: string[] = [];
      for (let after: string | null = null; ;) {
        const { data } = await read({ first: 1, address: '192.0.2.1', from: at('00:30:00'), after });
        seen.push(...data!.auditEvents.edges.map(({ node }) => node.type));
        if (!data!.auditEvents.pageInfo.hasNextPage) break;
        after = data!.auditEvents.pageInfo.endCursor ?? null;
      }
      expect(seen).toEqual(['user.created', 'refresh.repeated', 'login.succeeded']);
    });

    it.each<[string, AuditEventsQueryVariables]>([
      ['an end before the beginning', { from: at('01:00:00'), to: at('00:59:59') }],
      ['an end a millisecond before the beginning', { from: at('01:00:00.001'), to: at('01:00:00.000') }],
      ['a year that is none', { from: '0000-12-31T23:59:59.999Z' }],
      ['a time in words', { to: 'now' }],
      ['an address with a NUL', { address: '192.0.2.1\0' }],
      ['an endless address', { address: '1'.repeat(255) }],
      ['an empty address', { address: '' }],
      ['a pattern for an address', { address: '192.0.2.%' }],
      ['a network for an address', { address: '192.0.2.0/24' }],
    ])('not with %s', async (_what, filter) => {
      expect((await read(filter)).refusal).toBe('BAD_USER_INPUT');
    });
  });
});
