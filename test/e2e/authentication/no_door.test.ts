import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { SECOND_FACTOR } from '../../../src/oauth/token.ts';
import { adminToken, createUser, type Person } from '../../support/accounts.ts';
import { createAuthenticator } from '../../support/authenticator.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { noteSecrets } from '../../support/log_file.ts';
import { createBrowserOf, pkce, type Registered, registerClient } from '../../support/oauth_client.ts';
import { passkeysOf } from '../../support/passkeys.ts';
import { recordRoutes, type ServedRoute } from '../../support/routes.ts';
import { enrolTotp, storePasskey } from '../../support/second_factor.ts';
import { callOf, MUTATIONS, opensSession, valuesFor } from '../../support/mutations.ts';

/** One try to get in with the right password and no factor. */
type Knock = (person: Person) => Promise<unknown>;

/** The keys of the table of grants in the token endpoint. */
function grantsOf(path: string): string[] {
  const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && node.name.getText() === 'grants' && node.initializer) {
      const table = node.initializer as ts.ObjectLiteralExpression;
      found.push(...table.properties.map(({ name }) => name!.getText()));
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found.map((name) => (name === '[SECOND_FACTOR]' ? SECOND_FACTOR : name));
}

const opening = MUTATIONS.filter(opensSession).map(({ name }) => name);
const grants = grantsOf('src/oauth/token.ts');

/** Each kind of account that must not get in by its password alone. */
const KINDS: Readonly<Record<string, (gatehouse: Instance, person: Person) => Promise<unknown>>> = {
  'an authenticator': enrolTotp,
  'a passkey alone': storePasskey,
};

/** The values that a stranger with the password would try in place of a factor. */
const GUESSES = (password: string): Record<string, unknown>[] => [
  { totp: '000000' },
  { totp: '' },
  { totp: password },
  { recoveryCode: password },
  { recoveryCode: '0000-0000-0000-0000' },
  { passkey: {} },
  { passkey: null, totp: null },
];

describe('a right password without the factor of the account', () => {
  let gatehouse: Instance;
  let routes: readonly ServedRoute[];
  let app: Registered;
  let machine: Registered;
  beforeAll(async () => {
    const started = await recordRoutes(() =>
      startInstance({ env: { REGISTRATION: 'open', LOGIN_LIMIT_PER_IP: '100000', LOGIN_LIMIT_PER_ACCOUNT: '1000' } }),
    );
    gatehouse = started.result;
    routes = started.routes;
    app = await registerClient(gatehouse, {
      public: true,
      grantTypes: ['authorization_code', 'refresh_token', 'password'],
    });
    machine = await registerClient(gatehouse, { grantTypes: ['client_credentials', 'password', 'refresh_token'] });
  });
  afterAll(() => gatehouse.close());

  const ticketOf = async ({ username, password }: Person) => {
    const { errors } = await gatehouse.client.tryLogin(username, password);
    const { ticket } = (errors?.[0]?.extensions ?? {}) as { ticket?: string };
    noteSecrets(ticket);
    return ticket ?? 'A'.repeat(43);
  };

  const fieldOf = (name: string) => MUTATIONS.find((field) => field.name === name)!;

  /** Sends a mutation with every field of its result, and these variables. */
  async function mutate(name: string, given: Record<string, unknown>, headers: Record<string, string> = {}) {
    return gatehouse.client.ask(callOf(fieldOf(name), given), {
      variables: given,
      headers,
    });
  }

  const BY_MUTATION: Readonly<Record<string, Knock>> = {
    login: async ({ username, password }) => {
      for (const delivery of ['BODY', 'COOKIE']) await mutate('login', { username, password, delivery });
      await mutate('login', { username: `${username}@example.com`, password });
      await mutate('login', { username, password, delivery: 'COOKIE' }, { origin: gatehouse.url });
    },
    completeLogin: async (person) => {
      for (const guess of GUESSES(person.password)) {
        await mutate('completeLogin', { ticket: await ticketOf(person), ...guess });
      }
    },
    reauthenticate: async ({ password }) => {
      for (const guess of [{ password }, ...GUESSES(password)]) await mutate('reauthenticate', guess);
    },
    loginWithPasskey: async (person) => {
      const passkeys = passkeysOf(gatehouse);
      const stranger = createAuthenticator();
      await stranger.create(await passkeys.creationOptions(await adminToken(gatehouse)), passkeys.origin);
      for (const ticket of [undefined, await ticketOf(person)]) {
        const { challenge, allowCredentials = [], ...options } = await passkeys.requestOptions(ticket);
        const response = await stranger.get({ challenge, ...options }, passkeys.origin);
        const ids = [response.id, ...allowCredentials.map(({ id }) => id)];
        const responses = ids.map((id) => ({ ...response, id, rawId: id }));
        for (const shown of [{}, person.password, ...responses]) {
          await mutate('loginWithPasskey', { challenge, response: shown });
          await mutate('loginWithPasskey', { challenge: ticket ?? person.password, response: shown });
        }
      }
    },
    refresh: async (person) => {
      for (const refreshToken of [await ticketOf(person), person.password, null]) {
        await mutate('refresh', { refreshToken });
      }
    },
  };

  const basicOf = ({ username, password }: Person) => ({
    authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
  });
  const secretOf = ({ id, secret }: Registered) => ({ client_id: id, ...(secret ? { client_secret: secret } : {}) });
  const ask = (fields: Record<string, string>, headers = {}) => gatehouse.client.form('/token', fields, headers);

  const BY_GRANT: Readonly<Record<string, Knock>> = {
    password: async ({ username, password }) => {
      await ask({ username, password });
      for (const client of [app, machine]) {
        await ask({ grant_type: 'password', username, password, ...secretOf(client) });
        await ask({ grant_type: 'password', username, password, scope: 'account', ...secretOf(client) });
      }
    },
    [SECOND_FACTOR]: async (person) => {
      for (const guess of [
        {},
        { otp: '000000' },
        { otp: person.password },
        { recovery_code: person.password },
        { username: person.username, password: person.password },
      ]) {
        const { body } = await ask({ username: person.username, password: person.password });
        const sent = { auth_session: (body?.auth_session as string | undefined) ?? 'A'.repeat(43), ...guess };
        await ask({ grant_type: SECOND_FACTOR, ...(sent as Record<string, string>) });
      }
    },
    refresh_token: async (person) => {
      await ask({ grant_type: 'refresh_token', refresh_token: await ticketOf(person) });
      await ask({ grant_type: 'refresh_token', refresh_token: await ticketOf(person), ...secretOf(machine) });
    },
    client_credentials: async ({ username, password }) => {
      await ask({ grant_type: 'client_credentials' }, basicOf({ username, password }));
      await ask({ grant_type: 'client_credentials', client_id: username, client_secret: password });
      await ask({ grant_type: 'client_credentials', username, password, ...secretOf(machine) });
    },
    authorization_code: async (person) => {
      const code = await ticketOf(person);
      await ask({ grant_type: 'authorization_code', code, code_verifier: 'v'.repeat(43), ...secretOf(app) });
    },
  };

  /** Signs in on the page with the password, presses every button, and keeps every cookie that an answer set. */
  const onThePage: Knock = async ({ username, password }) => {
    const browser = createBrowserOf(gatehouse);
    const asked = browser.parametersOf(app, pkce().challenge);
    const first = await browser.open(asked);
    const cookies = [first.cookie];
    let page = first;
    const press = async (fields: Record<string, string>) => {
      const answer = await browser.send(page, fields, { cookie: cookies.join('; ') });
      cookies.push(...answer.headers.getSetCookie().map((set) => set.split(';')[0]!));
      const next = /^authorize\?(.*)$/.exec(answer.location ?? '');
      if (next) page = await browser.open(asked, cookies.join('; '));
      return answer;
    };
    const { html } = await press({ decision: 'sign-in', username, password });
    const ticket = /name="auth_session" value="([\w-]+)"/.exec(html)?.[1] ?? 'A'.repeat(43);
    noteSecrets(ticket);
    await press({ decision: 'allow' });
    for (const otp of ['', '000000', password]) {
      await press({ decision: 'second-factor', auth_session: ticket, methods: 'TOTP RECOVERY_CODE', otp });
      await press({ decision: 'allow', auth_session: ticket, username, password });
    }
    page = await browser.open(asked, cookies.join('; '));
    await press({ decision: 'allow' });
    await press({ decision: 'leave' });
    await press({ decision: 'allow' });
  };

  /** Sends a form of mailed links with all that a person with the password knows. */
  const onForm =
    (path: string): Knock =>
    async (person) => {
      const { username: account, password } = person;
      const fields = { account, token: await ticketOf(person), code: 'AAAA-AAAA', password, newPassword: password };
      await fetch(`${gatehouse.url}${path}`, {
        method: 'POST',
        headers: { origin: gatehouse.url },
        body: new URLSearchParams(fields),
      });
    };

  /** The routes that take a form or a body. */
  const ROUTES: Readonly<Record<string, Knock | 'by the mutations' | 'by the grants'>> = {
    '/graphql': 'by the mutations',
    '/token': 'by the grants',
    '/token/refresh': async (person) => {
      await gatehouse.client.form('/token/refresh', { refresh_token: await ticketOf(person) });
    },
    '/revoke': async (person) => {
      await gatehouse.client.form('/revoke', { token: await ticketOf(person), ...secretOf(machine) });
    },
    '/introspect': async (person) => {
      await gatehouse.client.form('/introspect', { token: await ticketOf(person), ...secretOf(machine) });
    },
    '/authorize': onThePage,
    '/forgot': onForm('/forgot'),
    '/reset': onForm('/reset'),
    '/verify-email': onForm('/verify-email'),
    '/undo-email-change': onForm('/undo-email-change'),
    '/invitation': onForm('/invitation'),
  };

  const sessionsOf = async ({ username }: Person) => {
    const rows = await gatehouse.sql(
      `select s.id from sessions s join users u on u.id = s.user_id where u.username = '${username}'`,
    );
    return rows.length;
  };

  const takesBodies = () =>
    routes
      .filter(({ method, path }) => method !== 'GET' && method !== 'HEAD' && path !== '/graphql')
      .map(({ path }) => path);

  it('is tried at every mutation that returns tokens, at every grant and at every form', () => {
    expect(opening.length).toBeGreaterThan(2);
    expect([...opening].sort()).toEqual(Object.keys(BY_MUTATION).sort());
    expect(grants.length).toBeGreaterThan(4);
    expect([...grants].sort()).toEqual(Object.keys(BY_GRANT).sort());
    expect(routes.length).toBeGreaterThan(15);
    expect([...new Set([...takesBodies(), '/graphql'])].sort()).toEqual(Object.keys(ROUTES).sort());
  });

  /** The knocks that open a session of an account without a factor: the others would prove nothing by failing. */
  it.each<[string, () => Knock]>([
    ['login', () => BY_MUTATION['login']!],
    ['the password grant', () => BY_GRANT['password']!],
    ['the consent page', () => onThePage],
  ])('would be enough without one: %s', async (_door, knock) => {
    const person = await createUser(gatehouse);
    await knock()(person);
    expect(await sessionsOf(person)).toBeGreaterThan(0);
  });

  describe.each(Object.entries(KINDS))('with %s', (_kind, enrol) => {
    let person: Person;
    beforeAll(async () => {
      person = await createUser(gatehouse);
      await enrol(gatehouse, person);
    });

    it.each(opening)('opens no session: %s', async (mutation) => {
      await BY_MUTATION[mutation]!(person);
      expect(await sessionsOf(person)).toBe(0);
    });

    it.each(grants)('opens no session: grant %s', async (grant) => {
      await BY_GRANT[grant]!(person);
      expect(await sessionsOf(person)).toBe(0);
    });

    it('opens no session at any form', async () => {
      for (const knock of Object.values(ROUTES)) if (typeof knock === 'function') await knock(person);
      expect(await sessionsOf(person)).toBe(0);
    });

    it('opens no session at any route, as its query, its form, its JSON or its credentials', async () => {
      const { username, password } = person;
      const fields = { username, password, account: username, newPassword: password, ticket: await ticketOf(person) };
      for (const path of new Set(routes.map((route) => route.path))) {
        const url = `${gatehouse.url}${path.replace(/\{.*|\/\*.*/, '')}`;
        const form = new URLSearchParams(fields);
        const answers = [
          await fetch(`${url}?${form.toString()}`, { redirect: 'manual' }),
          await fetch(url, { headers: basicOf(person), redirect: 'manual' }),
          await fetch(url, { method: 'POST', body: form, redirect: 'manual', headers: { origin: gatehouse.url } }),
          await fetch(url, {
            method: 'POST',
            body: JSON.stringify(fields),
            redirect: 'manual',
            headers: { 'content-type': 'application/json' },
          }),
        ];
        for (const answer of answers) {
          expect(await answer.text()).not.toMatch(/eyJ[\w-]{20,}\.[\w-]+\.[\w-]+/);
          expect(answer.headers.getSetCookie().filter((set) => /gatehouse_refresh[^=]*=[\w-]/.test(set))).toEqual([]);
        }
      }
      expect(await sessionsOf(person)).toBe(0);
    });

    it('opens no session at any mutation with whatever arguments', async () => {
      for (const field of MUTATIONS) await mutate(field.name, valuesFor(field, person, await ticketOf(person)));
      expect(await sessionsOf(person)).toBe(0);
    });
  });
});
