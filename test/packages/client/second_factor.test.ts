import { afterEach, describe, expect, it } from '@jest/globals';
import {
  AuthError,
  createAuthClient,
  type SecondFactor,
  type SecondFactorQuestion,
} from '../../../packages/client/src/index.ts';
import { FakeGateway, refuse } from '../../support/fake_gateway.ts';

const PERSON = { username: 'kandi', password: 'right' };
const REQUIRED = {
  code: 'SECOND_FACTOR_REQUIRED',
  ticket: 'the ticket',
  methods: ['TOTP', 'RECOVERY_CODE'],
  expiresIn: 300,
};
const wrong = (field: string) => refuse({ code: 'BAD_USER_INPUT', fields: [{ field, code: 'WRONG' }] });

const opened: { close(): void }[] = [];
afterEach(() => opened.splice(0).forEach((auth) => auth.close()));

/** Opens a client of a gateway where the person has a second factor, which answers with these factors. */
function open(
  answers: readonly (SecondFactor | undefined)[],
  answer = (_variables: any) => undefined as Response | undefined,
) {
  const gateway = new FakeGateway();
  const questions: SecondFactorQuestion[] = [];
  const sent: unknown[] = [];
  gateway.treat = async (what, variables) => {
    if (what === 'login') return refuse(REQUIRED);
    if (what !== 'completeLogin') return undefined;
    sent.push(variables);
    return answer(variables);
  };
  const auth = createAuthClient({
    url: 'https://auth.example',
    fetch: gateway.fetch,
    onSecondFactor: async (question) => {
      questions.push(question);
      return answers[questions.length - 1];
    },
  });
  opened.push(auth);
  return { auth, gateway, questions, sent };
}

const refusalOf = (work: Promise<unknown>) =>
  work.then(
    () => Promise.reject(new Error('nothing was refused')),
    (error: unknown) => error as AuthError,
  );

describe('a sign-in with a second factor', () => {
  it.each([[{ totp: '123456' }], [{ recoveryCode: 'abcd-efgh' }]])(
    'asks for it and sends it with the ticket: %j',
    async (factor) => {
      const { auth, questions, sent } = open([factor]);
      await auth.login(PERSON);
      expect(auth.state).toBe('signed-in');
      expect(questions).toEqual([{ methods: ['TOTP', 'RECOVERY_CODE'], expiresIn: 300, failure: undefined }]);
      expect(sent).toEqual([{ ticket: 'the ticket', ...factor, delivery: 'BODY' }]);
    },
  );

  it('asks again after a wrong one, with the refusal', async () => {
    const { auth, questions } = open([{ totp: '000000' }, { totp: '123456' }], ({ totp }) =>
      totp === '123456' ? undefined : wrong('totp'),
    );
    await auth.login(PERSON);
    expect(auth.state).toBe('signed-in');
    expect(questions.map(({ failure }) => failure?.fields)).toEqual([undefined, [{ field: 'totp', code: 'WRONG' }]]);
  });

  it('asks again after a limit, because another factor may have attempts left', async () => {
    const { auth, questions } = open([{ totp: '000000' }, { recoveryCode: 'abcd' }], ({ totp }) =>
      totp === undefined ? undefined : refuse({ code: 'RATE_LIMITED', retryAfter: 60 }),
    );
    await auth.login(PERSON);
    expect(questions[1]?.failure?.retryAfter).toBe(60);
  });

  it('asks five times at most', async () => {
    const { auth, questions } = open(Array(9).fill({ totp: '000000' }), () => wrong('totp'));
    expect(await refusalOf(auth.login(PERSON))).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(questions).toHaveLength(5);
  });

  it('ends with a ticket that is over', async () => {
    const { auth, questions } = open(Array(9).fill({ totp: '000000' }), () => wrong('ticket'));
    expect(await refusalOf(auth.login(PERSON))).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect([questions.length, auth.state]).toEqual([1, 'signed-out']);
  });

  it('fails if the person gives up', async () => {
    const { auth, sent } = open([undefined]);
    const nextStep = { ticket: 'the ticket', methods: ['TOTP', 'RECOVERY_CODE'], expiresIn: 300 };
    expect(await refusalOf(auth.login(PERSON))).toMatchObject({ code: 'SECOND_FACTOR_REQUIRED', nextStep });
    expect(sent).toEqual([]);
  });

  it('fails without a callback', async () => {
    const { gateway } = open([]);
    const auth = createAuthClient({ url: 'https://auth.example', fetch: gateway.fetch });
    opened.push(auth);
    expect(await refusalOf(auth.login(PERSON))).toMatchObject({ code: 'SECOND_FACTOR_REQUIRED' });
  });

  it('fails with the error of the callback', async () => {
    const { gateway } = open([]);
    const onSecondFactor = () => Promise.reject(new Error('the dialog broke'));
    const auth = createAuthClient({ url: 'https://auth.example', fetch: gateway.fetch, onSecondFactor });
    opened.push(auth);
    expect(await refusalOf(auth.login(PERSON))).toMatchObject({ message: 'the dialog broke' });
  });

  it('shares one question among two calls, and does not hold a sign-out up', async () => {
    const gateway = new FakeGateway();
    gateway.treat = async (what) => (what === 'login' ? refuse(REQUIRED) : undefined);
    const asked: ((factor: SecondFactor) => void)[] = [];
    const auth = createAuthClient({
      url: 'https://auth.example',
      fetch: gateway.fetch,
      onSecondFactor: () => new Promise((resolve) => asked.push(resolve)),
    });
    opened.push(auth);
    const both = [auth.login(PERSON), auth.login(PERSON)];
    while (asked.length === 0) await new Promise(setImmediate);
    await auth.logout();
    asked[0]!({ totp: '123456' });
    await Promise.all(both);
    expect([asked.length, gateway.times('login'), auth.state]).toEqual([1, 1, 'signed-in']);
  });

  it('fails for a passkey where the platform has none, and may be answered otherwise', async () => {
    const { auth, questions, gateway } = open([{ passkey: true }, { totp: '123456' }]);
    await auth.login(PERSON);
    expect(questions[1]?.failure).toMatchObject({ code: 'PASSKEY_FAILED', message: 'This platform has no passkeys' });
    expect(gateway.times('startPasskeyLogin')).toBe(1);
  });
});
