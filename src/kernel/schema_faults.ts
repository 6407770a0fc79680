import type { z } from 'zod';
import type { Fault, KnownFieldFault, FieldFaults } from './field_faults.ts';

/** Returns a fault as the options of a `refine` or as the issue of an `addIssue`. */
export function failsWith(fault: Fault): { readonly code: 'custom'; readonly params: { readonly fault: Fault } } {
  return { code: 'custom', params: { fault } };
}

/**
 * Returns the faults of a value that its schema refused, without duplicates. A fault of a list's entry names the list.
 * @throws Error for an issue without a code in the closed table; the schema has to be mended
 */
export function schemaFaults({ issues }: z.ZodError): FieldFaults {
  const faults = issues.map((issue): KnownFieldFault => ({ field: String(issue.path[0]), ...faultOf(issue) }));
  return [...new Map(faults.map((fault) => [JSON.stringify(fault), fault])).values()] as [
    KnownFieldFault,
    ...KnownFieldFault[],
  ];
}

function faultOf(issue: z.core.$ZodIssue): Fault {
  if (issue.code === 'too_big') {
    return { code: issue.origin === 'array' ? 'TOO_MANY' : 'TOO_LONG', max: Number(issue.maximum) };
  }
  if (issue.code === 'too_small') {
    return issue.minimum === 1 ? { code: 'REQUIRED' } : { code: 'TOO_SHORT', min: Number(issue.minimum) };
  }
  if (issue.code === 'invalid_type') return { code: 'REQUIRED' };
  if (issue.code === 'invalid_value') return { code: 'UNKNOWN', allowed: issue.values.map(String) };
  if (issue.code === 'custom' && issue.params?.['fault']) return issue.params['fault'] as Fault;
  throw new Error(`a schema refuses a value without a code: ${issue.code}`);
}
