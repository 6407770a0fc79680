import { z } from 'zod';
import { normalEmail } from '../kernel/email.ts';
import { integer, oneOf, parsed, parseJson, secret, text, type Values } from '../kernel/variables.ts';
import type { Roles } from './foundation/scopes.ts';
import type { FactorPolicy, RecoveryPolicy } from './foundation/services.ts';

const roleName = z.string().regex(/^[a-z][a-z0-9._-]{0,63}$/i);

const scopeProblem = 'scopes must be strings without spaces, quotes and backslashes';

/** A scope (RFC 6749, section 3.3). A scope with a blank would be two scopes in a token. */
const scope = z.string({ error: scopeProblem }).regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, scopeProblem);
const scopes = z.array(scope, { error: 'every role needs an array of scopes' });

const roles = parsed(parseJson, 'must be JSON, such as {"admin":["*"],"user":["account"]}').pipe(
  z
    .record(roleName, scopes, {
      error: ({ code }) =>
        code === 'invalid_key'
          ? 'role names must be at most 64 letters, digits, ".", "_" and "-", and begin with a letter'
          : 'must be a JSON object, such as {"admin":["*"],"user":["account"]}',
    })
    .refine(
      (table) => Object.hasOwn(table, 'admin') && Object.hasOwn(table, 'user'),
      'must have the roles admin and user',
    ),
);

const secondFactor = parsed((text) => {
  const words = text.split(',').map((word) => word.trim());
  if (words.length === 1 && SECOND_FACTOR_WORDS.includes(text)) return text;
  return words.every((word) => roleName.safeParse(word).success && !SECOND_FACTOR_WORDS.includes(word))
    ? words
    : undefined;
}, 'must be off, optional, required, or roles such as admin,ops');

const SECOND_FACTOR_WORDS = ['off', 'optional', 'required'];

/** The variables of accounts and roles. */
export const applicationVariables = {
  ADMIN_USERNAME: z
    .string()
    .regex(/^[a-z0-9._-]{3,64}$/, 'must be 3 to 64 of a-z, 0-9, ".", "_" and "-"')
    .default('admin'),
  ADMIN_EMAIL: parsed(normalEmail, 'must be an e-mail address').default('admin@localhost.localdomain'),
  ADMIN_PASSWORD: secret(text(isPasswordLong, 'must have 12 to 128 characters').optional()),
  REGISTRATION: oneOf('closed', 'open').default('closed'),
  ROLES: roles.default({ admin: ['*'], user: ['account'] }),
  SECOND_FACTOR: secondFactor.default('optional'),
  FRESH_MINUTES: integer(1, 1_440).default(15),
  REMEMBER_DEVICE_DAYS: integer(0, 400).default(0),
  EMAIL_VERIFICATION: oneOf('optional', 'required').default('optional'),
  PASSWORD_RESET: oneOf('on', 'off').default('on'),
};

export interface ApplicationSettings {
  readonly admin: { readonly username: string; readonly email: string; readonly password: string | undefined };
  readonly registrationOpen: boolean;
  /** The scopes of each role; `*` stands for every scope. */
  readonly roles: Roles;
  readonly factors: FactorPolicy;
  readonly recovery: RecoveryPolicy;
}

export function applicationSettings(values: Values<typeof applicationVariables>): ApplicationSettings {
  return {
    admin: { username: values.ADMIN_USERNAME, email: values.ADMIN_EMAIL, password: values.ADMIN_PASSWORD },
    registrationOpen: values.REGISTRATION === 'open',
    // The table has no prototype, so that `roles['constructor']` is not a role.
    roles: Object.assign(Object.create(null) as object, values.ROLES),
    factors: {
      allowed: values.SECOND_FACTOR !== 'off',
      required: Array.isArray(values.SECOND_FACTOR) ? values.SECOND_FACTOR : values.SECOND_FACTOR === 'required' || [],
      freshSeconds: values.FRESH_MINUTES * 60,
      rememberSeconds: values.REMEMBER_DEVICE_DAYS * 86_400,
    },
    recovery: {
      isEmailRequired: values.EMAIL_VERIFICATION === 'required',
      isResetOpen: values.PASSWORD_RESET === 'on',
    },
  };
}

// Checks the length (NIST SP 800-63B). The rest of the policy applies when the account is created.
function isPasswordLong(text: string): boolean {
  const { length } = [...text.normalize('NFKC')];
  return length >= 12 && length <= 128;
}
