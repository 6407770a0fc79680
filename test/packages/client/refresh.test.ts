import { beforeEach, describe, expect, it } from '@jest/globals';
import { readAccessToken } from '../../../packages/client/src/access_token.ts';
import { AuthError } from '../../../packages/client/src/auth_error.ts';
import type { GatewayApi, Tokens } from '../../../packages/client/src/gateway.ts';
import { createRefresher, type Refresher } from '../../../packages/client/src/refresh.ts';
import { createSession, type ClientSession } from '../../../packages/client/src/session.ts';
import type { Tabs } from '../../../packages/client/src/tabs.ts';
import { createTurns } from '../../../packages/client/src/turns.ts';

function tokensOf(sub: string, sid: string): Tokens {
  const payload = Buffer.from(JSON.stringify({ sub, role: 'user', sid })).toString('base64url');
  return { access: readAccessToken(`e.${payload}.s`, 60_000, Date.now()), refresh: null };
}

let session: ClientSession;
let refresher: Refresher;
let told: string[];
/** The answer of the gateway to the refresh under way. */
let answer: PromiseWithResolvers<Tokens>;
let asked: PromiseWithResolvers<void>;

beforeEach(() => {
  told = [];
  answer = Promise.withResolvers();
  asked = Promise.withResolvers();
  session = createSession('unknown', () => {});
  const gateway: Pick<GatewayApi, 'refresh'> = {
    refresh: () => {
      asked.resolve();
      return answer.promise;
    },
  };
  const tabs: Tabs = {
    open: () => {},
    tell: ({ access }) => void told.push(access.user.username),
    tellEnd: () => void told.push('end'),
    ask: async () => {},
    close: () => {},
  };
  const turns = createTurns('test', undefined);
  refresher = createRefresher({ gateway: gateway as GatewayApi, session, tabs, turns, store: undefined }, () => {});
  session.take(tokensOf('anna', 'a').access, 'login');
});

const inAnotherTab = (sub: string, sid: string) =>
  session.hear({ access: tokensOf(sub, sid).access, at: session.signed!.at + 1_000 });
const present = () => session.signed?.access.user.username;

describe('a late answer to a refresh', () => {
  it('is used if nothing has happened meanwhile', async () => {
    const done = refresher.refresh();
    await asked.promise;
    answer.resolve(tokensOf('anna', 'a'));
    await done;
    expect([present(), told]).toEqual(['anna', ['anna']]);
  });

  it('is dropped after another tab signed in as another user', async () => {
    const done = refresher.refresh();
    await asked.promise;
    expect(inAnotherTab('berta', 'b')).toBe(true);
    answer.resolve(tokensOf('anna', 'a'));
    await done;
    expect([present(), session.state, told]).toEqual(['berta', 'signed-in', []]);
  });

  it('is dropped after another tab signed in as the same user again', async () => {
    const done = refresher.refresh();
    await asked.promise;
    inAnotherTab('anna', 'another session');
    answer.resolve(tokensOf('anna', 'a'));
    await done;
    expect([session.signed?.access.session, told]).toEqual(['another session', []]);
  });

  it('is dropped after a sign-out, here or in another tab', async () => {
    for (const signOut of [
      () => session.end('logout'),
      () => session.hearEnd({ session: undefined, at: session.signed!.at + 1_000 }),
    ]) {
      session.take(tokensOf('anna', `a${told.length}${Math.random()}`).access, 'login');
      const done = refresher.refresh();
      await asked.promise;
      signOut();
      answer.resolve(tokensOf('anna', 'new'));
      await done;
      expect([present(), session.state, told]).toEqual([undefined, 'signed-out', []]);
      answer = Promise.withResolvers();
      asked = Promise.withResolvers();
    }
  });

  it('does not end the session if it is a refusal and another tab signed in as another user', async () => {
    const done = refresher.refresh();
    await asked.promise;
    inAnotherTab('berta', 'b');
    answer.reject(new AuthError('UNAUTHENTICATED', 'Invalid or expired refresh token'));
    await done;
    expect([present(), session.state, told]).toEqual(['berta', 'signed-in', []]);
  });

  it('ends the session if it is a refusal and nothing has happened meanwhile', async () => {
    const done = refresher.refresh();
    await asked.promise;
    answer.reject(new AuthError('UNAUTHENTICATED', 'Invalid or expired refresh token'));
    await done;
    expect([session.state, told]).toEqual(['signed-out', ['end']]);
  });
});
