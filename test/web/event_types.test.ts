import { expect, it } from '@jest/globals';
import { AUDIT_TYPES as RECORDED } from '../../src/audit/audit.ts';
import { AUDIT_TYPES as NAMED } from '../../web/console/admin/audit/event_types.ts';

it('the console has a name for every kind of event that is recorded, and for no other', () => {
  expect([...NAMED].sort()).toEqual([...RECORDED].sort());
});
