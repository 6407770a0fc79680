import { isIP } from 'node:net';
import { expect, it } from '@jest/globals';
import { isAddress } from '../../web/console/admin/audit/event_filter.ts';

// The server goes by Node's `isIP`.
it.each([
  '127.0.0.1',
  '255.255.255.255',
  '::1',
  '2001:DB8::ff00:42:8329',
  '::ffff:192.0.2.1',
  '127.1',
  '127.0.0.01',
  '256.0.0.1',
  '1.2.3.4.',
  '1.2.3.4:80',
  '1.2.3.4/8',
  '2130706433',
  'localhost',
  '0x7f.0.0.1',
  '[::1]',
  '::1]:80/[',
  '::1]@[::1',
  '1:2',
  '::g',
])('%s is an address where the server says so', (text) => {
  expect(isAddress(text)).toBe(isIP(text) !== 0);
});
