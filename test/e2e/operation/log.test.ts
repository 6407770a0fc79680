import { expect, it } from '@jest/globals';
import { createLog } from '../../../src/kernel/log.ts';
import { makeRequestId, withRequestId } from '../../../src/kernel/request_id.ts';
import { startInstance } from '../../support/instance.ts';

function memory() {
  const lines: Record<string, unknown>[] = [];
  return { lines, write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
}

it('puts the id of the request on every line', () => {
  const output = memory();
  const log = createLog('info', output);
  const id = makeRequestId();
  withRequestId(id, () => log.info('inside'));
  log.info('outside');
  expect(output.lines.map((line) => line['requestId'])).toEqual([id, undefined]);
});

it('takes secrets out of what it is given, at any of the depths ours have', () => {
  const output = memory();
  const secret = 'a secret that must not be logged';
  const headers = { authorization: secret, cookie: secret, 'gatehouse-router': secret, 'Gatehouse-Router': secret };
  const fields = { password: secret, headers, config: { http: { routerSecret: secret } } };
  createLog('info', output).info({ ...fields, request: { variables: { refreshToken: secret, newPassword: secret } } });
  expect(JSON.stringify(output.lines)).not.toContain(secret);
  expect(output.lines[0]).toMatchObject({ password: '[secret]' });
});

it('takes out what is named like a secret, though it was never listed, at any depth', () => {
  const output = memory();
  const secret = 'a secret that must not be logged';
  const log = createLog('info', output);
  log.info({ a: { b: [{ c: { totpCode: secret, d: { client_assertion: [secret] } } }] }, 'Gatehouse-New': secret });
  log.child({}).info({ apiKey: { inside: secret } });
  const cyclic: Record<string, unknown> = { at: new Date(0), secret };
  cyclic['self'] = cyclic;
  log.warn(cyclic);
  log.warn({ failure: Object.assign(new Error('why'), { token: secret }) });
  expect(JSON.stringify(output.lines)).not.toContain(secret);
  expect(output.lines[2]).toMatchObject({ at: '1970-01-01T00:00:00.000Z', secret: '[secret]' });
  expect(output.lines[3]).toMatchObject({ failure: { type: 'Error', message: 'why' } });
});

it('redacts the fixed fields of a child', () => {
  const output = memory();
  createLog('info', output).child({ apiKey: 'x', job: 'purge' }).info('done');
  expect(output.lines[0]).toMatchObject({ apiKey: '[secret]', job: 'purge' });
});

it('writes a bounded part of an object that contains itself in many ways', () => {
  const output = memory();
  // Like a socket: 30 ways to each next level are more values than a process can hold.
  const socket: Record<string, unknown> = {};
  for (let n = 0; n < 30; n += 1) socket[`way${n}`] = socket;
  createLog('info', output).info({ socket, list: Array.from({ length: 5_000 }, () => ({})) });
  expect(JSON.stringify(output.lines[0]).length).toBeLessThan(50_000);
});

it('takes out what is concealed by name, however it is spelt', () => {
  const output = memory();
  const log = createLog('info', output);
  log.conceal(['answer', 'DATABASE_URL']);
  log.info({ answer: 'x', config: { databaseUrl: 'x' }, database_url: 'x', question: 'y' });
  expect(output.lines[0]).toMatchObject({
    answer: '[secret]',
    config: { databaseUrl: '[secret]' },
    database_url: '[secret]',
    question: 'y',
  });
});

it('conceals what credentials, OAuth2 parameters, settings and devices are called, once the server is put together', async () => {
  const output = memory();
  const log = createLog('info', output);
  const gatehouse = await startInstance({ log });
  try {
    log.info({ csrf: 'x', transaction: 'x', redisUrl: 'x', origin: { device: 'x' }, grant_type: 'password' });
    const { csrf, transaction, redisUrl, origin, grant_type } = output.lines.at(-1)!;
    expect([csrf, transaction, redisUrl, origin]).toEqual(['[secret]', '[secret]', '[secret]', { device: '[secret]' }]);
    expect(grant_type).toBe('password');
  } finally {
    await gatehouse.close();
  }
});

it("leaves out a driver's message, which carries the values of the statement", () => {
  const output = memory();
  const error = Object.assign(new Error("insert into users values ('a secret hash')"), {
    constraint: 'users_pkey',
    code: '23505',
  });
  createLog('info', output).error({ err: new Error('could not save', { cause: error }) });
  expect(JSON.stringify(output.lines)).not.toContain('a secret hash');
  expect(output.lines[0]).toMatchObject({ err: { message: 'could not save', cause: { code: '23505' } } });
});

it('tells the client the same id as the log', async () => {
  const gatehouse = await startInstance();
  try {
    const { errors, headers } = await gatehouse.client.me(undefined);
    expect(errors?.[0]?.extensions.requestId).toBe(headers.get('x-request-id'));
    expect(headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/);
  } finally {
    await gatehouse.close();
  }
});
