import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { conflict, invalidInput } from '../../src/kernel/errors.ts';
import { failsWith, schemaFaults } from '../../src/kernel/schema_faults.ts';

const faultsOf = (schema: z.ZodType, value: unknown) =>
  schemaFaults(z.object({ field: schema }).safeParse({ field: value }).error!);

describe('a refusal with fields', () => {
  it.each([
    ['invalid input', invalidInput, 'BAD_USER_INPUT', 400],
    ['a conflict', conflict, 'CONFLICT', 409],
  ] as const)('carries the codes of %s and a message made of them', (_what, refuse, code, status) => {
    const refusal = refuse({ field: 'password', code: 'TOO_SHORT', min: 12 }, { field: 'email', code: 'TAKEN' });
    expect(refusal).toMatchObject({ kind: code, code, status });
    expect(refusal.fields).toEqual([
      { field: 'password', code: 'TOO_SHORT', min: 12 },
      { field: 'email', code: 'TAKEN' },
    ]);
    expect(refusal.message).toMatch(/^password: .*12.*; email: /);
  });
});

describe('schemaFaults', () => {
  it.each<[string, z.ZodType, unknown, object]>([
    ['a text that is too short', z.string().min(3), 'a', { code: 'TOO_SHORT', min: 3 }],
    ['an empty text', z.string().min(1), '', { code: 'REQUIRED' }],
    ['a text that is too long', z.string().max(3), 'aaaa', { code: 'TOO_LONG', max: 3 }],
    ['a list of too many', z.array(z.string()).max(1), ['a', 'b'], { code: 'TOO_MANY', max: 1 }],
    ['an entry of a list', z.array(z.string().max(1)), ['a', 'bb', 'cc'], { code: 'TOO_LONG', max: 1 }],
    ['a missing value', z.string(), null, { code: 'REQUIRED' }],
    ['a value outside an enum', z.enum(['a', 'b']), 'c', { code: 'UNKNOWN', allowed: ['a', 'b'] }],
    ['a check with a code', z.string().refine(() => false, failsWith({ code: 'COMMON' })), 'a', { code: 'COMMON' }],
  ])('has a code for %s', (_what, schema, value, fault) => {
    expect(faultsOf(schema, value)).toEqual([{ field: 'field', ...fault }]);
  });

  it('throws for a check without a code, so that every refusal has one', () => {
    expect(() =>
      faultsOf(
        z.string().refine(() => false),
        'a',
      ),
    ).toThrow(/without a code: custom/);
    expect(() => faultsOf(z.email(), 'a')).toThrow(/without a code: invalid_format/);
  });
});
