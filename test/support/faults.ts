import type { KnownFieldFault } from '../../src/kernel/field_faults.ts';

/** Returns the faults in order, as `username TAKEN`; empty if no field is named. */
export function codesOf(fields: readonly KnownFieldFault[] | undefined): string[] {
  return (fields ?? []).map(({ field, code }) => `${field} ${code}`);
}
