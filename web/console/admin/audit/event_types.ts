import type { Tone } from '../../ui/tone.ts';

/** The names of all event types, with a tone for those that need attention. */
const TYPES = {
  'login.succeeded': { name: 'Signed in', tone: 'success' },
  'login.failed': { name: 'Sign-in failed', tone: 'warning' },
  'login.challenged': { name: 'Second factor asked for' },
  'login.reauthenticated': { name: 'Confirmed again' },
  'login.limited': { name: 'Sign-in refused by a rate limit', tone: 'warning' },
  'refresh.repeated': { name: 'Refresh repeated' },
  'refresh.retried': { name: 'Refresh retried' },
  'refresh.doubtful': { name: 'Refresh token suspicious', tone: 'danger' },
  'refresh.reused': { name: 'Refresh token reused', tone: 'danger' },
  'code.reused': { name: 'Authorization code reused', tone: 'danger' },
  'token.revoked': { name: 'Token revoked' },
  'consent.given': { name: 'Consent given' },
  'session.ended': { name: 'Session ended' },
  'password.changed': { name: 'Password changed' },
  'password.refused': { name: 'Wrong current password', tone: 'warning' },
  'password.upgraded': { name: 'Password hash renewed' },
  'password.breached': { name: 'Password found in a breach', tone: 'warning' },
  'factor.added': { name: 'Second factor added', tone: 'info' },
  'factors.reset': { name: 'Second factors reset', tone: 'warning' },
  'factor.removed': { name: 'Second factor removed', tone: 'info' },
  'recovery_code.used': { name: 'Recovery code used', tone: 'warning' },
  'recovery_codes.renewed': { name: 'Recovery codes renewed', tone: 'info' },
  'password.reset_requested': { name: 'Password reset requested' },
  'password.reset_sent': { name: 'Password reset sent by an admin', tone: 'info' },
  'password.reset': { name: 'Password reset', tone: 'info' },
  'link.refused': { name: 'Wrong code of a mail', tone: 'warning' },
  'email.verified': { name: 'E-mail address verified' },
  'email.change_requested': { name: 'Change of e-mail address requested' },
  'email.changed': { name: 'E-mail address changed', tone: 'info' },
  'email.change_undone': { name: 'Change of e-mail address undone', tone: 'danger' },
  'user.invited': { name: 'Person invited', tone: 'info' },
  'user.invitation_accepted': { name: 'Invitation accepted' },
  'user.created': { name: 'Account created' },
  'user.updated': { name: 'Account edited' },
  'user.role_set': { name: 'Role set', tone: 'info' },
  'user.disabled': { name: 'Account disabled', tone: 'info' },
  'user.enabled': { name: 'Account enabled', tone: 'info' },
  'user.unlocked': { name: 'Account unlocked', tone: 'info' },
  'user.deleted': { name: 'Account deleted', tone: 'info' },
  'client.created': { name: 'Client registered', tone: 'info' },
  'client.removed': { name: 'Client removed', tone: 'info' },
  'key.created': { name: 'Key created', tone: 'info' },
  'key.rotated': { name: 'Keys rotated', tone: 'info' },
  'key.retired': { name: 'Key retired', tone: 'info' },
  'keys.rewrapped': { name: 'Keys re-encrypted', tone: 'info' },
  'mail.retried': { name: 'Mail sent again' },
} as const satisfies Readonly<Record<string, { readonly name: string; readonly tone?: Tone }>>;

export type AuditType = keyof typeof TYPES;

export const AUDIT_TYPES = Object.keys(TYPES) as readonly AuditType[];

export const isAuditType = (type: string): type is AuditType => Object.hasOwn(TYPES, type);

/** Returns the name of a type. A type that only a newer server knows is returned unchanged. */
export const nameOfType = (type: string): string => (isAuditType(type) ? TYPES[type].name : type);

export function toneOfType(type: string): Tone | undefined {
  const known: { readonly name: string; readonly tone?: Tone } | undefined = isAuditType(type)
    ? TYPES[type]
    : undefined;
  return known?.tone;
}

/** Returns the path of the page with the events of a type since `from`. */
export const linkToEvents = (type: AuditType, from: string): string =>
  `/admin/audit?${String(new URLSearchParams({ type, from }))}`;
