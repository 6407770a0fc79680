import { beforeEach, describe, expect, it } from '@jest/globals';
import type { AccessToken } from '../../../packages/client/src/access_token.ts';
import { createSession, type ClientSession, type Signed } from '../../../packages/client/src/session.ts';

const access = (session: string, role = 'user'): AccessToken => ({
  text: `a token of ${session}`,
  session,
  user: { username: 'kandi', role },
  lifetimeMs: 1_800_000,
  since: Date.now(),
  sinceSteady: performance.now(),
});
const told = (session: string, at: number): Signed => ({ access: access(session), at });

let session: ClientSession;
let heard: string[];
beforeEach(() => {
  heard = [];
  session = createSession('unknown', (event, detail) =>
    heard.push('reason' in detail ? `${event}: ${detail.state}, ${detail.reason}` : event),
  );
});
const LATER = Date.now() + 86_400_000;

describe('a message of another tab', () => {
  it('is used if it is later than all before', () => {
    expect(session.hear(told('one', LATER))).toBe(true);
    expect(session.hear(told('one', LATER))).toBe(false);
    expect(session.hear(told('one', LATER - 1))).toBe(false);
    expect(session.hear(told('one', LATER + 1))).toBe(true);
    expect(heard).toEqual(['change: signed-in, restored', 'refresh']);
    expect(session.signed?.at).toBe(LATER + 1);
  });

  it('is a change if it has another session', () => {
    session.take(access('one'), 'login');
    const { epoch } = session;
    expect(session.hear(told('two', LATER))).toBe(true);
    expect(heard).toEqual(['change: signed-in, login', 'change: signed-in, elsewhere']);
    expect(session.epoch).toBe(epoch + 1);
  });

  it('does not restore an ended session', () => {
    session.take(access('one'), 'login');
    session.end('logout');
    expect(session.hear(told('one', LATER))).toBe(false);
    expect(session.take(access('one'), 'elsewhere')).toBeUndefined();
    session.hearEnd({ session: 'two', at: 0 });
    expect(session.hear(told('two', LATER))).toBe(false);
    expect(session.state).toBe('signed-out');
  });
});

describe('the end of a session in another tab', () => {
  it('ends that session here, and no other', () => {
    session.take(access('one'), 'login');
    session.hearEnd({ session: 'two', at: LATER });
    expect(session.state).toBe('signed-in');
    session.hearEnd({ session: 'one', at: 0 });
    expect(session.state).toBe('signed-out');
    expect(heard).toEqual(['change: signed-in, login', 'change: signed-out, elsewhere']);
  });

  it('ends all earlier sessions if it names none', () => {
    session.hear(told('one', LATER));
    session.hearEnd({ session: undefined, at: LATER - 1 });
    expect(session.state).toBe('signed-in');
    session.hearEnd({ session: undefined, at: LATER });
    expect(session.state).toBe('signed-out');
  });
});

describe('a session here', () => {
  it('emits one event for each change, each later than the one before', () => {
    const first = session.take(access('one'), 'login')!;
    const second = session.take(access('one'), 'elsewhere')!;
    const end = session.end('logout');
    const again = session.end('logout');
    expect([first.at < second.at, second.at < end.at, end.at < again.at]).toEqual([true, true, true]);
    expect([end.session, again.session]).toEqual(['one', undefined]);
    expect(heard).toEqual(['change: signed-in, login', 'refresh', 'change: signed-out, logout']);
  });

  it('emits a change with a new role, because data of one role is not for the other', () => {
    session.take(access('one'), 'login');
    session.take(access('one', 'admin'), 'elsewhere');
    session.take(access('one', 'admin'), 'elsewhere');
    session.hear({ access: access('one'), at: LATER });
    expect(heard).toEqual([
      'change: signed-in, login',
      'change: signed-in, role',
      'refresh',
      'change: signed-in, role',
    ]);
  });

  it('keeps its epoch while its token changes, and has another after each sign-in and sign-out', () => {
    const epochs = [session.epoch];
    const note = () => void epochs.push(session.epoch);
    session.take(access('one'), 'login');
    note();
    session.take(access('one'), 'elsewhere');
    note();
    session.end('logout');
    note();
    session.take(access('two'), 'login');
    note();
    expect(epochs.map((epoch) => epoch - epochs[0]!)).toEqual([0, 1, 1, 2, 3]);
  });
});
