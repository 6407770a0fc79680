import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { conflict, invalidInput } from '../../src/kernel/errors.ts';
import { failsWith, schemaFaults } from '../../src/kernel/schema_faults.ts';

const faultsOf = (schema: z.ZodType, value: unknown) =>
  schemaFaults(z.object({ field: schema }).safeParse({ field: value }).error!);

describe('a refusal of fields', () => {
  it.each([
    ['values', invalidInput, 'BAD_USER_INPUT', 400],
    ['a change', conflict, 'CONFLICT', 409],
  ] as const)('of %s carries their codes, and a message made of them', (_what, refuse, code, status) => {
    const refusal = refuse({ field: 'password', code: 'TOO_SHORT', min: 12 }, { field: 'email', code: 'TAKEN' });
    expect(refusal).toMatchObject({ kind: code, code, status });
    expect(refusal.fields).toEqual([
      { field: 'password', code: 'TOO_SHORT', min: 12 },
      { field: 'email', code: 'TAKEN' },
    ]);
    expect(refusal.message).toMatch(/^password: .*12.*; email: /);
  });
});

describe('the faults of a schema', () => {
  it.each<[string, z.ZodType, unknown, object]>([
    ['a text that is too short', z.string().min(3), 'a', { code: 'TOO_SHORT', min: 3 }],
    ['an empty text', z.string().min(1), '', { code: 'REQUIRED' }],
    ['a text that is too long', z.string().max(3), 'aaaa', { code: 'TOO_LONG', max: 3 }],
    ['a list of too many', z.array(z.string()).max(1), ['a', 'b'], { code: 'TOO_MANY', max: 1 }],
    ['an entry of a list', z.array(z.string().max(1)), ['a', 'bb', 'cc'], { code: 'TOO_LONG', max: 1 }],
    ['nothing', z.string(), null, { code: 'REQUIRED' }],
    ['a choice that there is not', z.enum(['a', 'b']), 'c', { code: 'UNKNOWN', allowed: ['a', 'b'] }],
    ['a check with a code', z.string().refine(() => false, failsWith({ code: 'COMMON' })), 'a', { code: 'COMMON' }],
  ])('have a code: %s', (_what, schema, value, fault) => {
    expect(faultsOf(schema, value)).toEqual([{ field: 'field', ...fault }]);
  });

  it('fail where a check has no code, so that no refusal goes without one', () => {
    expect(() =>
      faultsOf(
        z.string().refine(() => false),
        'a',
      ),
    ).toThrow(/without a code: custom/);
    expect(() => faultsOf(z.email(), 'a')).toThrow(/without a code: invalid_format/);
  });
});
