import type { MailContent, Notice } from '../mail.ts';
import type { TemplateName } from './templates.ts';

const username = 'ada';
const expiresAt = new Date('2026-01-31T12:00:00Z');
const linked = { username, path: '/account/sample#token=sample', code: 'ABCD-2345', expiresAt } as const;
const event = {
  username,
  at: new Date('2026-01-31T11:45:00Z'),
  address: '192.0.2.1',
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
};
const notice = (data: Notice): MailContent => ({ template: 'notice', data });

/** Values for each template. A template that needs other values is refused when the server starts. */
export const SAMPLES: Readonly<Record<TemplateName, MailContent>> = {
  'verify-email': { template: 'verify-email', data: linked },
  'confirm-email-change': { template: 'confirm-email-change', data: linked },
  'email-changed': { template: 'email-changed', data: { ...linked, newEmail: 'ada@example.org' } },
  'reset-password': { template: 'reset-password', data: linked },
  invitation: { template: 'invitation', data: { ...linked, invitedBy: 'grace' } },
  'registration-taken': { template: 'registration-taken', data: { username } },
  'notice-new-device': notice({ ...event, kind: 'new-device' }),
  'notice-password-changed': notice({ ...event, kind: 'password-changed' }),
  'notice-factor-added': notice({ ...event, kind: 'factor-added', factor: 'passkey' }),
  'notice-factor-removed': notice({ ...event, kind: 'factor-removed', factor: 'passkey' }),
  'notice-recovery-code-used': notice({ ...event, kind: 'recovery-code-used', left: 9 }),
  'notice-password-reset': notice({ ...event, kind: 'password-reset' }),
  'notice-breached-password': notice({ ...event, kind: 'breached-password' }),
};
