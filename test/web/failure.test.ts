import { describe, expect, it } from '@jest/globals';
import { failureOf } from '../../web/console/ui/failure.ts';

const SHORT = { field: 'password', code: 'TOO_SHORT', min: 12 };
const TAKEN = { field: 'email', code: 'TAKEN' };
const LAST = { field: 'username', code: 'LAST_ADMIN' };

const refused = (extensions: object, message = 'server: says; another: thing') =>
  Object.assign(new Error(message), { graphQLErrors: [{ message, extensions }] });

describe('a failure', () => {
  it('has a sentence for each field, made of its code', () => {
    const { fields } = failureOf(refused({ code: 'BAD_USER_INPUT', fields: [SHORT, TAKEN] }));
    expect(Object.keys(fields)).toEqual(['password', 'email']);
    expect(fields['password']).toContain('12');
  });

  it('has a message of its fields, for a form without them', () => {
    expect(failureOf(refused({ code: 'CONFLICT', fields: [LAST] })).message).toMatch(
      /^Username is the last active admin/,
    );
  });

  it('reads no field out of a message', () => {
    const { fields, message } = failureOf(refused({ code: 'BAD_USER_INPUT' }));
    expect([fields, message]).toEqual([{}, 'Server: says; another: thing.']);
  });

  it('leaves out a code that the page does not know', () => {
    const fields = [{ field: 'email', code: 'OUT_OF_STOCK' }, null, 'email', TAKEN];
    expect(Object.keys(failureOf(refused({ code: 'BAD_USER_INPUT', fields })).fields)).toEqual(['email']);
  });

  it("reads the client kit's errors too", () => {
    const error = Object.assign(new Error('no'), { code: 'BAD_USER_INPUT', fields: [SHORT] });
    expect(Object.keys(failureOf(error).fields)).toEqual(['password']);
  });
});
