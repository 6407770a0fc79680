import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { mustEnrol } from '../../src/application/authentication/factors.ts';
import {
  type AccountState,
  BEGINNINGS,
  changes,
  everyHoldings,
  getsIn,
  HOLDINGS,
  mayGetIn,
  opensSession,
  reachable,
  removals,
} from '../support/account_states.ts';
import { drawAccountStates } from '../support/draw_account_states.ts';
import { expectCommitted } from '../support/expect_committed.ts';

const PAGE = 'docs/factors.md';
const STATES = reachable(BEGINNINGS, changes);
const OWNER = new Set(HOLDINGS);

const said = (states: readonly AccountState[]) => states.map((state) => JSON.stringify(state));

describe('the states of an account', () => {
  it('are many', () => {
    expect(STATES.length).toBeGreaterThan(80);
  });

  it('let somebody in exactly with the proof that the policy asks for', () => {
    const wrong = STATES.flatMap((state) =>
      everyHoldings()
        .filter((holds) => getsIn(state, holds) !== mayGetIn(state, holds))
        .map((holds) => `${JSON.stringify(state)} with ${[...holds].join(', ')}`),
    );
    expect(wrong).toEqual([]);
  });

  it('open no session by a password, where there is a second factor', () => {
    const second = STATES.filter(({ totp, passkeys }) => totp || passkeys > 0);
    expect(second.length).toBeGreaterThan(50);
    expect(said(second.filter((state) => opensSession(state, new Set(['password'] as const))))).toEqual([]);
  });

  it('let the owner in, or have an admin who does', () => {
    const stuck = STATES.filter((state) => {
      const helped = reachable([state], (each) => changes(each).filter(({ by }) => by === 'admin'));
      return !helped.some((each) => getsIn(each, OWNER));
    });
    expect(said(stuck)).toEqual([]);
  });

  it('let the owner in with whatever is left after the loss of one thing, or have an admin who does', () => {
    const stuck = STATES.filter((state) =>
      HOLDINGS.some((lost) => {
        const left = new Set(HOLDINGS.filter((holding) => holding !== lost));
        const helped = reachable([state], (each) => changes(each).filter(({ by }) => by === 'admin'));
        // An admin tells the new password.
        return !helped.some((each) => getsIn(each, new Set([...left, 'password'] as const)));
      }),
    );
    expect(said(stuck)).toEqual([]);
  });

  it('keep a way in through every sequence of removals', () => {
    const open = STATES.filter((state) => opensSession(state, OWNER));
    expect(open.length).toBeGreaterThan(30);
    const shut = open.flatMap((state) => reachable([state], removals).filter((each) => !opensSession(each, OWNER)));
    expect(said(shut)).toEqual([]);
  });

  it('keep no recovery codes without a factor that they replace', () => {
    expect(
      said(STATES.filter(({ totp, passkeys, recoveryCodes }) => recoveryCodes && !totp && passkeys === 0)),
    ).toEqual([]);
  });

  it('can only enrol, where the policy demands a factor that is missing', () => {
    for (const { totp, passkeys } of STATES) {
      const account = { role: 'user', secondFactor: totp || passkeys > 0 };
      expect(mustEnrol({ required: true }, account)).toBe(!account.secondFactor);
      expect(mustEnrol({ required: ['admin'] }, account)).toBe(false);
    }
  });

  it('are drawn as they are', () => {
    const page = readFileSync(PAGE, 'utf8');
    const drawn = page.replace(
      /(<!-- states: begin -->\n)[^]*(<!-- states: end -->)/,
      `$1\n${drawAccountStates(STATES)}\n$2`,
    );
    expect(drawn).toContain('```mermaid');
    expectCommitted(PAGE, drawn);
  });
});
