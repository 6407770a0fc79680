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
