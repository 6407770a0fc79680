import type { KnownFieldFault } from '../../src/kernel/field_faults.ts';

/** Returns what is wrong, as `username TAKEN`, in order; empty where no field is named. */
export function codesOf(fields: readonly KnownFieldFault[] | undefined): string[] {
  return (fields ?? []).map(({ field, code }) => `${field} ${code}`);
}
