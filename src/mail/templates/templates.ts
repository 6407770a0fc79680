import type { MailContent, MailTemplate, NoticeKind } from '../mail.ts';
import { button, CODE, source, type TemplateSource } from './source.ts';

/** The names of the templates, which are the names of their files in `MAIL_TEMPLATES`. */
export type TemplateName = Exclude<MailTemplate, 'notice'> | `notice-${NoticeKind}`;

const HELLO = 'Hello {{username}},';
const ASKS = 'The page asks for this code:';
const UNTIL = 'The link and the code work once, until {{expiresAt}}.';
const IGNORE = 'If you did not ask for this, ignore this mail. Nothing changes.';
const WHEN = 'When: {{at}}. From: {{client}}.';
const NOT_YOU =
  'If this was not you, sign in at {{publicUrl}}, change your password and end your other sessions. If you cannot sign in, ' +
  'ask for a new password there.';

/** The templates that come with the server. */
export const TEMPLATES: Readonly<Record<TemplateName, TemplateSource>> = {
  'verify-email': source(
    'Confirm your e-mail address',
    HELLO,
    'confirm that this is the e-mail address of your account at {{site}}.',
    button('Confirm the address'),
    ASKS,
    CODE,
    UNTIL,
    IGNORE,
  ),
  'confirm-email-change': source(
    'Confirm your new e-mail address',
    HELLO,
    'this is to be the new e-mail address of your account at {{site}}. Confirm it to complete the change.',
    button('Confirm the new address'),
    ASKS,
    CODE,
    UNTIL,
    IGNORE,
  ),
  'email-changed': source(
    'Your e-mail address was changed',
    HELLO,
    'the e-mail address of your account at {{site}} is now {{newEmail}}. Mails of the account no longer come here.',
    'If this was not you, undo the change now:',
    button('Undo the change'),
    ASKS,
    CODE,
    UNTIL,
  ),
  'reset-password': source(
    'Set a new password',
    HELLO,
    'somebody asked for a new password for your account at {{site}}. If it was you, set one:',
    button('Set a new password'),
    ASKS,
    CODE,
    UNTIL,
    IGNORE,
  ),
  invitation: source(
    'You are invited to {{site}}',
    HELLO,
    '{{invitedBy}} made an account for you at {{site}}. Your name there is {{username}}.',
    button('Accept the invitation'),
    ASKS,
    CODE,
    UNTIL,
    'If you do not know why you got this mail, ignore it.',
  ),
  'registration-taken': source(
    'You already have an account',
    HELLO,
    'somebody wanted to use this e-mail address for another account at {{site}}. It already belongs to your account {{username}}.',
    'If it was you, sign in at {{publicUrl}}. If you forgot your password, ask for a new one there.',
    'If it was not you, there is nothing to do: they did not learn that you have an account.',
  ),
  'notice-new-device': source(
    'New sign-in to your account',
    HELLO,
    'somebody signed in to your account at {{site}} on a device that it does not know.',
    WHEN,
    NOT_YOU,
  ),
  'notice-password-changed': source(
    'Your password was changed',
    HELLO,
    'the password of your account at {{site}} was changed.',
    WHEN,
    NOT_YOU,
  ),
  'notice-factor-added': source(
    'A way to sign in was added',
    HELLO,
    'this way to sign in was added to your account at {{site}}: {{factor}}.',
    WHEN,
    NOT_YOU,
  ),
  'notice-factor-removed': source(
    'A way to sign in was removed',
    HELLO,
    'this way to sign in was removed from your account at {{site}}: {{factor}}.',
    WHEN,
    NOT_YOU,
  ),
  'notice-recovery-code-used': source(
    'A recovery code was used',
    HELLO,
    'somebody signed in to your account at {{site}} with a recovery code. Codes that are left: {{left}}.',
    WHEN,
    NOT_YOU,
  ),
  'notice-password-reset': source(
    'Your password was reset',
    HELLO,
    'a new password was set for your account at {{site}}. All sessions were ended.',
    WHEN,
    NOT_YOU,
  ),
  'notice-breached-password': source(
    'Your password is known to attackers',
    HELLO,
    'the password of your account at {{site}} is in a public list of stolen passwords. Change it now, and wherever else you ' +
      'use it. Nobody read it here: it was compared as a digest.',
    'Sign in at {{publicUrl}} to change it.',
  ),
};

/** Returns the name of the template of a mail. */
export function templateName({ template, data }: MailContent): TemplateName {
  return template === 'notice' ? `notice-${data.kind}` : template;
}
