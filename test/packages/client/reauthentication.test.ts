import { afterEach, describe, expect, it } from '@jest/globals';
import {
  AuthError,
  createAuthClient,
  type Reauthentication,
  type ReauthenticationQuestion,
} from '../../../packages/client/src/index.ts';
import { FakeGateway, refuse } from '../../support/fake_gateway.ts';

const STEP_UP = { maxAge: 900, acr: 'urn:gatehouse:acr:1', methods: ['PASSWORD'] } as const;
const REQUIRED = { code: 'REAUTHENTICATION_REQUIRED', ...STEP_UP };
const CHANGE = 'mutation { removeTotp }';

const opened: { close(): void }[] = [];
afterEach(() => opened.splice(0).forEach((auth) => auth.close()));

/** Opens a signed-in client of a gateway that asks for a newer authentication once. */
async function open(answers?: readonly (Reauthentication | undefined)[]) {
  const gateway = new FakeGateway();
  const questions: ReauthenticationQuestion[] = [];
  const changes: string[] = [];
  gateway.treat = async (what, variables, token) => {
    if (what === 'reauthenticate' && variables.password !== 'right') {
      return refuse({ code: 'BAD_USER_INPUT', fields: [{ field: 'password', code: 'WRONG' }] });
    }
    if (what !== 'removeTotp') return undefined;
    changes.push(token);
    return gateway.isFresh(token) ? Response.json({ data: { removeTotp: true } }) : refuse(REQUIRED, ['removeTotp']);
  };
  const auth = createAuthClient({
    url: 'https://auth.example',
    fetch: gateway.fetch,
    ...(answers && {
      onReauthentication: async (question) => {
        questions.push(question);
        return answers[questions.length - 1];
      },
    }),
  });
  opened.push(auth);
  await auth.login({ username: 'kandi', password: 'right' });
  const ask = async (query: string) => {
    const response = await auth.fetch('/graphql', { method: 'POST', body: JSON.stringify({ query }) });
    return {
      status: response.status,
      ...((await response.json()) as { data?: unknown; errors?: { extensions: unknown }[] }),
    };
  };
  return { auth, gateway, questions, changes, ask };
}

describe('an operation that needs a newer authentication', () => {
  it('is repeated once the user has confirmed who they are', async () => {
    const { auth, questions, changes, ask } = await open([{ password: 'right' }]);
    expect(await ask(CHANGE)).toEqual({ status: 200, data: { removeTotp: true } });
    expect(questions).toEqual([{ methods: ['PASSWORD'], maxAge: 900, acr: 'urn:gatehouse:acr:1', failure: undefined }]);
    expect(new Set(changes).size).toBe(2);
    expect(changes[1]).toBe(`Bearer ${await auth.getAccessToken()}`);
  });

  it('asks again after a wrong answer', async () => {
    const { questions, ask } = await open([{ password: 'wrong' }, { password: 'right' }]);
    expect(await ask(CHANGE)).toMatchObject({ data: { removeTotp: true } });
    expect(questions[1]?.failure?.fields).toEqual([{ field: 'password', code: 'WRONG' }]);
  });

  it('shares one question with all that are refused at a time, and with those that come late', async () => {
    const { questions, changes, ask } = await open([{ password: 'right' }]);
    const all = await Promise.all([ask(CHANGE), ask(CHANGE), ask(CHANGE)]);
    expect(all.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect([questions.length, changes.length]).toEqual([1, 6]);
    expect(await ask(CHANGE)).toMatchObject({ status: 200 });
    expect(questions).toHaveLength(1);
  });

  it('is not asked about for a token that is older than the confirmation', async () => {
    const { auth, questions } = await open([]);
    const old = (await auth.getAccessToken())!;
    await auth.reauthenticate({ password: 'right' });
    expect(await auth.stepUp(new AuthError('REAUTHENTICATION_REQUIRED', 'no', { stepUp: STEP_UP }), old)).toBe(true);
    expect(questions).toEqual([]);
  });

  it.each<[string, readonly undefined[] | undefined]>([
    ['without a callback', undefined],
    ['if the person gives up', [undefined]],
  ])('fails %s', async (_why, answers) => {
    const { changes, ask } = await open(answers);
    expect(await ask(CHANGE)).toMatchObject({ status: 401, errors: [{ extensions: REQUIRED }] });
    expect(changes).toHaveLength(1);
  });

  it('is asked five times at most', async () => {
    const { questions, ask } = await open(Array(9).fill({ password: 'wrong' }));
    expect(await ask(CHANGE)).toMatchObject({ status: 401 });
    expect(questions).toHaveLength(5);
  });

  it('is not repeated if it has two fields, because one of them may have run', async () => {
    const { questions, changes, ask } = await open([{ password: 'right' }]);
    expect(await ask('mutation { removeTotp logoutEverywhere }')).toMatchObject({ status: 401 });
    expect([questions, changes.length]).toEqual([[], 1]);
  });

  it('is repeated once, even if it is refused again', async () => {
    const { gateway, questions, changes, ask } = await open([{ password: 'right' }, { password: 'right' }]);
    gateway.isFresh = () => false;
    expect(await ask(CHANGE)).toMatchObject({ status: 401 });
    expect([questions.length, changes.length]).toEqual([1, 2]);
  });

  it('is not confirmed by another user who has signed in since', async () => {
    const { auth, questions } = await open([{ password: 'right' }]);
    const old = (await auth.getAccessToken())!;
    await auth.login({ username: 'brian', password: 'right' });
    expect(await auth.stepUp(new AuthError('REAUTHENTICATION_REQUIRED', 'no', { stepUp: STEP_UP }), old)).toBe(false);
    expect(questions).toEqual([]);
  });
});

describe('reauthenticate', () => {
  it('keeps the session and tells of a new token', async () => {
    const { auth } = await open();
    const before = await auth.getAccessToken();
    const events: unknown[] = [];
    auth.on('change', (event) => events.push(event));
    auth.on('refresh', () => events.push('refresh'));
    await auth.reauthenticate({ password: 'right' });
    expect(events).toEqual(['refresh']);
    expect(await auth.getAccessToken()).not.toBe(before);
  });

  it('fails while signed out', async () => {
    const { auth } = await open();
    await auth.logout();
    await expect(auth.reauthenticate({ password: 'right' })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});
