import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { backend, type Backend, postgresForTests, redisForTests, runSql, skipped } from '../support/store_servers.ts';
import { type Collector, startCollector } from '../support/trace_collector.ts';
import { basic, CALLBACK, createBrowserOf, exchange, pkce } from '../support/oauth_client.ts';
import {
  cli,
  cliReading,
  type Ended,
  holdBuild,
  killServers,
  type ServerProcess,
  startServer,
} from '../support/server_process.ts';
import { createTotpApp } from '../support/totp_app.ts';
import { SMALL_HASHES } from '../support/small_hashes.ts';

const HASH = '$2b$10$abcdefghijklmnopqrstuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu';
const USERNAME = 'kandi';

/** Every secret that was used, by its name. */
const secrets = new Map<string, string>();
function secret(what: string, value: string = randomBytes(24).toString('base64url')): string {
  expect(value.length).toBeGreaterThanOrEqual(12);
  secrets.set(what, value.trim());
  return value;
}
/** One-time codes that were used. They are short, so that only a number of their own counts as one. */
const codes = new Set<string>();
function oneTimeCode(code: string): string {
  codes.add(code);
  return code;
}

/** Returns the secrets that a text contains, in any usable encoding. */
const heldBy = (text: string) => [
  ...[...codes].filter((code) => new RegExp(`(?<![\\d.])${code}(?!\\d)`).test(text)),
  ...[...secrets]
    .filter(([, value]) =>
      [value, encodeURIComponent(value), Buffer.from(value).toString('base64').replace(/=+$/, '')].some((spelling) =>
        text.includes(spelling),
      ),
    )
    .map(([what]) => what),
];

/** Returns a URL with a password. A server that trusts its own machine ignores it. */
function withPassword(url: string, password: string): string {
  const changed = new URL(url);
  if (changed.password === '') changed.password = password;
  return changed.href;
}

beforeAll(holdBuild, 240_000);

describe('no secret that was used', () => {
  if (!backend('TEST_DATABASE_URL') || !backend('TEST_REDIS_URL')) {
    return skipped('needs TEST_DATABASE_URL and TEST_REDIS_URL');
  }
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-secrets-'));
  const opened: Backend[] = [];
  const said: string[] = [];
  let collector: Collector;
  let server: ServerProcess;
  let env: Record<string, string>;
  let metrics: string;

  beforeAll(async () => {
    const [postgres, redis] = await Promise.all([postgresForTests(), redisForTests()]);
    opened.push(postgres, redis);
    collector = await startCollector();
    const databaseUrl = withPassword(postgres.url, secret("the database's password"));
    secrets.set("the database's password", new URL(databaseUrl).password);
    env = {
      ...SMALL_HASHES,
      DATABASE_URL: databaseUrl,
      REDIS_URL: redis.url,
      ALGORITHM: 'ES256',
      JWT_SECRET_KEY: secret('JWT_SECRET_KEY'),
      JWT_SECRET_KEY_PREVIOUS: secret('JWT_SECRET_KEY_PREVIOUS'),
      ADMIN_PASSWORD: secret('ADMIN_PASSWORD'),
      ROUTER_SECRET: secret('ROUTER_SECRET'),
      LOG_LEVEL: 'trace',
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_HEADERS: `x-collector=${secret("the collector's header")}`,
    };
    server = await (await startServer(env)).ready();
    env = { ...env, PUBLIC_URL: server.url, JWT_ISSUER: server.url };
    await operate();
    await signIn();
    await consent();
    await factors();
    metrics = await (await fetch(`${server.url}/metrics`)).text();
    server.signal('SIGTERM');
    expect(await server.exited).toBe(0);
  }, 240_000);
  afterAll(async () => {
    collector.server.close();
    await killServers();
    for (const one of opened) await one.release();
    rmSync(folder, { recursive: true });
  });

  /** Records the output of a command, except for a secret that it is asked to show once. */
  function heard({ code, stdout, stderr }: Ended, ...shown: string[]): number {
    said.push(
      shown.reduce((text, value) => text.replace(value, ''), stdout),
      stderr,
    );
    return code;
  }
  const run = async (...words: string[]) => heard(await cli(env, ...words));

  /** Runs the commands. */
  async function operate(): Promise<void> {
    const first = secret('a password from standard input');
    const create = ['users', 'create', USERNAME, '--email', 'kandi@example.com', '--password-stdin'];
    expect(heard(await cliReading(`${first}\n`, env, ...create))).toBe(0);
    // A taken name and an invalid password.
    expect(heard(await cliReading(`${secret('a password for nothing')}\n`, env, ...create))).toBe(1);
    const second = `${secret('the password of kandi')}\n`;
    expect(heard(await cliReading(second, env, 'users', 'set-password', USERNAME, '--password-stdin'))).toBe(0);
    const tooLong = `${secret('a password that is too long', `${randomBytes(24).toString('hex')}-`.repeat(4))}\n`;
    expect(heard(await cliReading(tooLong, env, 'users', 'set-password', USERNAME, '--password-stdin'))).not.toBe(0);

    const generated = await cli(env, 'users', 'create', 'jodi', '--email', 'jodi@example.com', '--generate', '--json');
    const { password } = JSON.parse(generated.stdout) as { password: string };
    expect(heard(generated, secret('a generated password', password))).toBe(0);
    const renewed = await cli(env, 'users', 'set-password', 'jodi', '--generate', '--json');
    expect(heard(renewed, secret('another one', (JSON.parse(renewed.stdout) as { password: string }).password))).toBe(
      0,
    );

    const grants = ['authorization_code', 'refresh_token', 'client_credentials'].flatMap((type) => ['--grant', type]);
    const registration = ['clients', 'create', 'App', ...grants, '--redirect-uri', CALLBACK, '--scope', 'account'];
    const registered = await cli(env, ...registration, '--json');
    app = JSON.parse(registered.stdout) as typeof app;
    expect(heard(registered, secret("a client's secret", app.secret))).toBe(0);

    const path = join(folder, 'people.jsonl');
    secret('a hash', HASH);
    const row = (username: string, more: object) =>
      JSON.stringify({ username, email: `${username}@example.com`, passwordHash: HASH, ...more });
    const bad = secret('a hash that is none', `$2b$99$${'b'.repeat(53)}`);
    writeFileSync(path, [row('imported', {}), row('bad', { passwordHash: bad }), `{"${HASH}`].join('\n'));
    expect(await run('users', 'import', path)).toBe(1);

    expect(await run('keys', 'rotate', '--now')).toBe(0);
    expect(await run('keys', 'rewrap')).toBe(0);
    const codes = await Promise.all([
      run('clients', 'list'),
      run('clients', 'show', app.id),
      run('users', 'show', USERNAME, '--json'),
      run('audit', 'tail', '-n', '100', '--json'),
    ]);
    expect(codes).toEqual([0, 0, 0, 0]);
    expect(await run('doctor', '--probe')).not.toBe(2);
  }
  let app: { id: string; secret: string };

  /** Password, refresh token, device, and all wrong values in their place. */
  async function signIn(): Promise<void> {
    const { client } = server;
    const password = secrets.get('the password of kandi')!;
    const { headers, data } = await client.ask(
      `mutation ($password: String!) { login(username: "${USERNAME}", password: $password, delivery: COOKIE) { accessToken } }`,
      { variables: { password }, headers: { origin: server.url } },
    );
    secret('an access token', data.login.accessToken);
    const cookies = headers.getSetCookie().map((cookie) => cookie.split(';')[0]!);
    expect(cookies).toHaveLength(2);
    for (const cookie of cookies) secret(`the cookie ${cookie.split('=')[0]}`, cookie.split('=')[1]);
    await client.ask('mutation { refresh { accessToken } }', {
      headers: { cookie: cookies.join('; '), origin: server.url },
    });

    const byProgram = await client.tryLogin(USERNAME, password);
    const { accessToken, refreshToken } = byProgram.data!.login;
    secret('a device token', byProgram.headers.get('gatehouse-device')!);
    secret('a refresh token', refreshToken!);
    const { data: next } = await client.refresh(refreshToken!);
    secret('its successor', next!.refresh.refreshToken!);
    await client.refresh(refreshToken!);
    await client.form('/revoke', { token: next!.refresh.refreshToken! });
    secret('an access token of the body', accessToken);
    await client.me(`${accessToken}x`);
    await client.ask(`{ me { id } } # ${accessToken}`, { token: accessToken });

    // A wrong secret may differ from the right one by a typing error, or be right elsewhere.
    expect((await client.tryLogin(USERNAME, secret('a wrong password'))).refusal).toBe('UNAUTHENTICATED');
    await client.tryLogin(secret('a password typed as a name'), 'a wrong password');
    await client.refresh(secret('a refresh token that is none'));
    await client.me(secret('a token that is none'));
    await client.ask(`mutation { login(username: "x", password: "${secret('a password in a broken document')}" }`);
    await client.ask('query ($n: Int) { users(first: $n) { totalCount } }', {
      variables: { n: secret('a password in a variable of another type') },
    });
    await client.form('/token', { username: USERNAME, password: secret('a wrong password at /token') });
    await fetch(`${server.url}/graphql?access_token=${secret('a token in an address')}`);
    await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'gatehouse-router': secret('a wrong ROUTER_SECRET'),
        cookie: `gatehouse_refresh=${secret('a refresh cookie that is none')}; gatehouse_device=${secret('a device cookie that is none')}`,
      },
      body: `{"query":"mutation{refresh{accessToken}}","variables":{"password":"${secret('a password in no JSON')}"`,
    });
  }

  /** The flow of an app: consent, code, proof, tokens, and each of them a second time. */
  async function consent(): Promise<void> {
    const { client } = server;
    const browser = createBrowserOf(server);
    const registered = { id: app.id, secret: app.secret, redirectUri: CALLBACK };
    const { verifier, challenge } = pkce();
    secret('a verifier', verifier);
    const page = await browser.open(browser.parametersOf(registered, challenge, { state: secret('the state') }));
    secret('the transaction', page.transaction);
    secret('its proof', page.csrf);
    secret("the consent page's cookie", page.cookie.split('=')[1]);
    await browser.submit(page, { username: USERNAME, password: secret('a wrong password for consent') });
    const again = { ...page, csrf: secret('a proof that is none') };
    await browser.submit(again, { username: USERNAME, password: secret('a password beside a wrong proof') });
    const { sent } = await browser.submit(page, {
      username: USERNAME,
      password: secrets.get('the password of kandi')!,
    });
    const code = secret('a code', sent!.get('code')!);
    await exchange(server, { ...registered, secret: secret('a wrong client secret') }, { code, verifier });
    await exchange(server, registered, { code: secret('a code that is none'), verifier });
    const { body } = await exchange(server, registered, { code, verifier });
    secret("an app's access token", body.access_token);
    secret("an app's refresh token", body.refresh_token);
    await client.form('/introspect', { token: body.access_token }, basic(registered));
    await exchange(server, registered, { code, verifier: secret('a wrong verifier', pkce().verifier) });
    await client.form('/token', { grant_type: 'client_credentials', client_id: app.id, client_secret: app.secret });
    await client.form('/token', { refresh_token: body.refresh_token }, { authorization: 'Basic !!' });
    await browser.visit({ client_id: app.id, client_secret: secret('a client secret in an address') });
    await fetch(`${server.url}/authorize?code=${code}&code_verifier=${verifier}`);
  }

  /** An authenticator app and recovery codes, right and wrong ones. */
  async function factors(): Promise<void> {
    const { client } = server;
    const credentials = [USERNAME, secrets.get('the password of kandi')!] as const;
    const { accessToken: token } = await client.login(...credentials);
    const started = await client.ask('mutation { startTotp { secret uri qrCode } }', { token });
    const authenticator = createTotpApp(secret('the secret of an authenticator', started.data.startTotp.secret));
    secret('its address', started.data.startTotp.uri);
    const confirm = (code: string) =>
      client.ask('mutation ($code: String!) { confirmTotp(code: $code) }', { token, variables: { code } });
    await confirm(secret('a password typed as a code'));
    await confirm(oneTimeCode(authenticator.wrong()));
    // The refusal of a number does not repeat it.
    await client.ask('mutation ($code: String!) { confirmTotp(code: $code) }', {
      token,
      variables: { code: Number(oneTimeCode('918273')) },
    });
    await client.ask(`mutation { confirmTotp(code: ${oneTimeCode('827364')}) }`, { token });
    const confirmed = await confirm(oneTimeCode(authenticator.next()));
    const recoveryCodes = confirmed.data.confirmTotp as string[];
    recoveryCodes.forEach((code, n) => secret(`the recovery code ${n}`, code));

    const complete = async (factor: string, value: string) => {
      const { errors } = await client.tryLogin(...credentials);
      const ticket = secret(`a ticket for ${value}`, (errors![0]!.extensions as { ticket?: string }).ticket);
      const { data } = await client.ask(
        `mutation ($ticket: String!, $value: String!) { completeLogin(ticket: $ticket, ${factor}: $value) { accessToken } }`,
        { variables: { ticket, value } },
      );
      return data?.completeLogin.accessToken as string | undefined;
    };
    expect(await complete('totp', secret('a recovery code typed as a code', 'AAAA-BBBB-CCCC-DDDD'))).toBeUndefined();
    expect(
      await complete('recoveryCode', secret('a recovery code that is none', 'ZZZZ-BBBB-CCCC-DDDD')),
    ).toBeUndefined();
    expect(await complete('recoveryCode', recoveryCodes[0]!)).toBeDefined();
    const strong = secret('a token of two factors', await complete('totp', oneTimeCode(authenticator.next())));
    const renewed = await client.ask('mutation { renewRecoveryCodes }', { token: strong });
    (renewed.data.renewRecoveryCodes as string[]).forEach((code, n) => secret(`the renewed recovery code ${n}`, code));
    const removed = await client.ask('mutation { removeTotp }', { token: strong });
    expect(removed.data).toEqual({ removeTotp: true });
  }

  it('is in the output and the log of the server', () => {
    expect(secrets.size).toBeGreaterThanOrEqual(45);
    const log = `${server.said.stdout}${server.said.stderr}`;
    // The searched log is not empty: it has each request, with its path and without its query.
    for (const path of ['/graphql', '/token', '/authorize', '/introspect', '/revoke']) expect(log).toContain(path);
    expect(heldBy(log)).toEqual([]);
  });

  it('is in the output of the command line, except for the one that it shows once', () => {
    expect(said.join('').length).toBeGreaterThan(1_000);
    expect(heldBy(said.join('\n'))).toEqual([]);
  });

  it('is in the audit log', async () => {
    const rows = await runSql(env['DATABASE_URL']!, 'select e::text as row from audit_events e');
    const text = rows.map(({ row }) => row as string).join('\n');
    for (const told of [
      'login.failed',
      'consent.given',
      'client.created',
      'refresh.repeated',
      'code.reused',
      'importedHash',
      'factor.added',
      'recovery_code.used',
      'recovery_codes.renewed',
      'factor.removed',
    ]) {
      expect(text).toContain(told);
    }
    expect(heldBy(text)).toEqual([]);
  });

  it('is in the output of a start whose store is unavailable or refuses its password', async () => {
    const redis = new URL(env['REDIS_URL']!);
    Object.assign(redis, { username: 'nobody', password: secret('a password that Redis does not take') });
    const away = {
      ...env,
      DATABASE_URL: `postgresql://gatehouse:${secret("a database's password")}@127.0.0.1:1/gatehouse`,
      REDIS_URL: `redis-sentinel://:${secret("a Redis's password")}@127.0.0.1:1/main`,
    };
    const ended = [
      await Promise.all([cli(away, 'doctor'), cli(away, 'users', 'list'), cli(away, 'migrate')]),
      await Promise.all([
        cli({ ...env, REDIS_URL: redis.href }, 'doctor'),
        cli({ ...env, REDIS_URL: redis.href }, 'users', 'disable', 'jodi'),
      ]),
    ].flat();
    for (const one of ended) {
      expect(one.code).not.toBe(0);
      expect(`${one.stdout}${one.stderr}`).toMatch(/DATABASE_URL|REDIS_URL|redis/);
      expect(heldBy(`${one.stdout}${one.stderr}`)).toEqual([]);
    }
  }, 120_000);

  it('is in the output for a wrong configuration', async () => {
    const wrong = {
      DATABASE_URL: `mysql://gatehouse:${secret('a password in a wrong URL')}@db/gatehouse`,
      REDIS_URL: `redis://:${secret('a password in another one')}@cache/zero`,
      JWT_SECRET_KEY: secret('a short JWT_SECRET_KEY', randomBytes(12).toString('base64url')),
      JWT_SECRET_KEY_PREVIOUS: secret('a short previous one', randomBytes(12).toString('base64url')),
      ROUTER_SECRET: secret('a ROUTER_SECRET with a blank', `${randomBytes(24).toString('hex')} `),
      ADMIN_PASSWORD: secret('a long ADMIN_PASSWORD', randomBytes(100).toString('hex')),
      OTEL_EXPORTER_OTLP_HEADERS: secret('a header without a name'),
    };
    const started = await startServer(wrong);
    expect(await started.exited).not.toBe(0);
    const { stdout } = await cli(wrong, 'doctor', '--json');
    for (const text of [`${started.said.stdout}${started.said.stderr}`, stdout]) {
      for (const name of Object.keys(wrong)) expect(text).toContain(name);
      expect(heldBy(text)).toEqual([]);
    }
  }, 60_000);

  it('is in the metrics and the traces', () => {
    const spans = collector.received.join('\n');
    for (const text of [metrics, spans]) expect(text.length).toBeGreaterThan(1_000);
    expect(heldBy(metrics)).toEqual([]);
    expect(heldBy(spans)).toEqual([]);
  });
});
