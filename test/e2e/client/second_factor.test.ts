/**
 * Loads the server into jest's modules: the test moves the server's clock.
 * @jest-environment node
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type AuthClient,
  AuthError,
  createAuthClient,
  type SecondFactor,
  type SecondFactorQuestion,
} from '../../../packages/client/src/index.ts';
import { createUser, type Person } from '../../support/accounts.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { noteSecrets } from '../../support/log_file.ts';
import { type Enrolled, enrolTotp } from '../../support/second_factor.ts';

let now = Date.now();
let gatehouse: Instance;
let kandi: Person;
let enrolled: Enrolled;
let auth: AuthClient | undefined;
beforeAll(async () => {
  gatehouse = await startInstance({ clock: () => now, env: { LOGIN_LIMIT_PER_IP: '100000' } });
});
beforeEach(async () => {
  // Past the step of the last code, which counts once.
  now += 120_000;
  kandi = await createUser(gatehouse);
  enrolled = await enrolTotp(gatehouse, kandi);
});
afterEach(() => auth?.close());
afterAll(() => gatehouse.close());

/** Opens a client that answers questions in turn. */
function open(...answers: (() => SecondFactor | undefined)[]) {
  const questions: SecondFactorQuestion[] = [];
  auth = createAuthClient({
    url: gatehouse.url,
    onSecondFactor: (question) => answers[questions.push(question) - 1]?.(),
  });
  return { auth, questions };
}

const right = () => ({ totp: enrolled.codeAt(now) });
const wrong = () => ({ totp: enrolled.codeAt(now - 3_600_000) });

describe('the kit signs an account with a second factor in', () => {
  it('with a code, after a wrong one', async () => {
    const { auth, questions } = open(wrong, right);
    await auth.login(kandi);
    expect(auth.user?.username).toBe(kandi.username);
    expect(questions).toMatchObject([
      { methods: ['TOTP', 'RECOVERY_CODE'], expiresIn: 300, failure: undefined },
      { failure: { code: 'BAD_USER_INPUT', fields: [{ field: 'totp', code: 'WRONG' }] } },
    ]);
    expect((await auth.fetch('/users/me')).status).toBe(200);
    expect(await auth.getAccessToken({ force: true })).toBeDefined();
  });

  it('with a recovery code, once', async () => {
    const [recoveryCode = ''] = enrolled.recoveryCodes;
    const { auth } = open(() => ({ recoveryCode }));
    await auth.login(kandi);
    await auth.logout();
    const second = open(
      () => ({ recoveryCode }),
      () => undefined,
    );
    await expect(second.auth.login(kandi)).rejects.toMatchObject({ code: 'SECOND_FACTOR_REQUIRED' });
    expect(second.questions[1]?.failure?.fields).toEqual([{ field: 'recoveryCode', code: 'WRONG' }]);
  });

  it('not with wrong codes, and not without a question', async () => {
    const { auth, questions } = open(...Array(9).fill(wrong));
    await expect(auth.login(kandi)).rejects.toBeInstanceOf(AuthError);
    expect(auth.state).toBe('signed-out');
    expect(questions.length).toBeLessThanOrEqual(5);
    const unasked = createAuthClient({ url: gatehouse.url });
    await expect(unasked.login(kandi)).rejects.toMatchObject({ code: 'SECOND_FACTOR_REQUIRED' });
    unasked.close();
  });

  it('once more from the password, if the ticket is over', async () => {
    const late = () => {
      now += 301_000;
      return right();
    };
    const { auth } = open(late, right);
    await expect(auth.login(kandi)).rejects.toMatchObject({ fields: [{ field: 'ticket', code: 'EXPIRED' }] });
    now += 60_000;
    await auth.login(kandi);
    expect(auth.state).toBe('signed-in');
  });

  it('and keeps its session and its device in a storage', async () => {
    const kept = new Map<string, string>();
    const storage = {
      getItem: (key: string) => kept.get(key),
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    };
    const first = createAuthClient({ url: gatehouse.url, storage, onSecondFactor: right });
    await first.login(kandi);
    first.close();
    const { refresh, device } = JSON.parse([...kept.values()][0] ?? '{}') as Record<string, string>;
    noteSecrets(refresh, device);
    expect(device).toBeDefined();
    const next = createAuthClient({ url: gatehouse.url, storage });
    expect(await next.ready).toBe('signed-in');
    await next.logout();
    next.close();
  });
});
