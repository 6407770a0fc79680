/** The expected form of a MALFORMED value. */
const FORMS = {
  EMAIL_ADDRESS: 'an e-mail address',
  IP_ADDRESS: 'an IP address',
  CURSOR: 'a cursor of this list',
  TEXT: 'text',
  SCOPE: 'a scope, without blanks, quotes and backslashes',
  PASSWORD_HASH: 'an Argon2 or bcrypt hash; passwords themselves are not imported',
} as const;

/** The reasons why a redirect URI cannot be registered. */
const URI_REASONS = {
  NOT_ABSOLUTE: 'must be absolute URIs of at most 512 ASCII characters',
  FRAGMENT: 'must not have a fragment',
  ANSWER_PARAMETER: 'must not have a parameter of the answer, such as code, state, iss or error',
  SCHEME: 'must be https, http on loopback, or a private-use scheme with a dot in it',
  USER_NAME: 'must not have a user name',
  WILDCARD: 'must not have wildcards: they are compared character by character',
  PLAIN_HTTP: 'must be https where they leave this machine',
} as const;

/** The account's names that a password must not equal. */
const NAMES = {
  USERNAME: 'username',
  EMAIL: 'email address',
  EMAIL_NAME: 'name in the email address',
} as const;

type None = Readonly<Record<never, never>>;

/** The facts that each code carries. */
interface Facts {
  REQUIRED: None;
  TOO_SHORT: { readonly min: number };
  TOO_LONG: { readonly max: number };
  TOO_LONG_TOGETHER: { readonly max: number };
  TOO_FEW_VISIBLE: { readonly min: number };
  TOO_MANY: { readonly max: number };
  TOO_FINE: { readonly steps: number; readonly max: number };
  OUT_OF_RANGE: { readonly min: number | string; readonly max: number | string };
  BEFORE: { readonly other: string };
  NOT_AFTER: { readonly other: string };
  MALFORMED: { readonly expected: keyof typeof FORMS };
  INVALID_CHARACTERS: { readonly allowed: string };
  CONTROL_CHARACTERS: None;
  NUL_CHARACTER: None;
  NOT_UNICODE: None;
  INVALID_URI: { readonly reason: UriReason };
  UNKNOWN: { readonly allowed: readonly string[] };
  NOT_FOUND: None;
  NO_ADDRESS: None;
  WRONG: None;
  EXPIRED: None;
  ONE_OF: { readonly names: readonly string[] };
  COMMON: None;
  BREACHED: None;
  EQUALS_NAME: { readonly name: keyof typeof NAMES };
  REQUIRED_WITH: { readonly with: string };
  ONLY_WITH: { readonly with: string };
  NOT_WITH: { readonly value: string; readonly with: string };
  INCOMPLETE: { readonly value: string; readonly oneOf: readonly string[] };
  UNSUPPORTED_SCHEME: { readonly scheme: string };
  TOO_COSTLY: None;
  OWN_ACCOUNT: None;
  TAKEN: None;
  TAKEN_BY_DELETED: None;
  CHANGED: None;
  LAST_ADMIN: None;
  LAST_WAY_IN: None;
  TOO_EARLY: { readonly seconds: number };
  TOO_LATE: None;
}

export type UriReason = keyof typeof URI_REASONS;
export type FieldCode = keyof Facts;
/** One fault of a value. */
export type Fault = { [C in FieldCode]: { readonly code: C } & Facts[C] }[FieldCode];
/** A fault with its field: an argument, a member of an input object, or a parameter. */
export type KnownFieldFault = { readonly field: string } & Fault;
export type FieldFaults = readonly [KnownFieldFault, ...KnownFieldFault[]];

/** The sentence of each code, for people. Programs read the code; sentences may change. */
const SENTENCES: { readonly [C in FieldCode]: (facts: Facts[C]) => string } = {
  REQUIRED: () => 'is required',
  TOO_SHORT: ({ min }) => `must be at least ${min} characters`,
  TOO_LONG: ({ max }) => `must be at most ${max} characters`,
  TOO_LONG_TOGETHER: ({ max }) => `must be at most ${max} characters together`,
  TOO_FEW_VISIBLE: ({ min }) =>
    `must be at least ${min} characters; invisible ones and more than one blank do not count`,
  TOO_MANY: ({ max }) => `must be at most ${max}`,
  TOO_FINE: ({ steps, max }) => `makes ${steps} steps between from and to; at most ${max}`,
  OUT_OF_RANGE: ({ min, max }) => `must be ${min} to ${max}`,
  BEFORE: ({ other }) => `must not be before ${other}`,
  NOT_AFTER: ({ other }) => `must be later than ${other}`,
  MALFORMED: ({ expected }) => `must be ${FORMS[expected]}`,
  INVALID_CHARACTERS: ({ allowed }) => `must have no other characters than ${allowed}`,
  CONTROL_CHARACTERS: () => 'must not contain control characters',
  NUL_CHARACTER: () => 'must not contain the NUL character',
  NOT_UNICODE: () => 'must be well-formed Unicode',
  INVALID_URI: ({ reason }) => URI_REASONS[reason],
  UNKNOWN: ({ allowed }) => `must be one of ${allowed.join(', ')}`,
  NOT_FOUND: () => 'does not exist',
  NO_ADDRESS: () => 'has an e-mail address that belongs to another account, so that no link can be mailed',
  WRONG: () => 'is wrong',
  EXPIRED: () => 'is unknown, used or expired: sign in again',
  ONE_OF: ({ names }) => `must be given alone: exactly one of ${names.join(', ')}`,
  COMMON: () => 'is too common: it is on the list that attackers try first',
  BREACHED: () => 'is known from a data breach, so that attackers try it',
  EQUALS_NAME: ({ name }) => `must not be the ${NAMES[name]}`,
  REQUIRED_WITH: (facts) => `is required with ${facts.with}`,
  ONLY_WITH: (facts) => `can be used only with ${facts.with}`,
  NOT_WITH: (facts) => `must not have ${facts.value} with ${facts.with}`,
  INCOMPLETE: ({ value, oneOf }) => `must have ${oneOf.join(' or ')} beside ${value}`,
  UNSUPPORTED_SCHEME: ({ scheme }) => `must be an Argon2 or bcrypt hash, and is one of another scheme: ${scheme}`,
  TOO_COSTLY: () => 'would cost more at every login than is accepted',
  OWN_ACCOUNT: () => 'is your own account, which another admin can delete',
  TAKEN: () => 'already exists',
  TAKEN_BY_DELETED: () => 'was an account that is deleted, and is not given out again',
  CHANGED: () => 'has been changed meanwhile',
  LAST_ADMIN: () => 'is the last active admin, who cannot be disabled, demoted or deleted',
  LAST_WAY_IN: () => 'is needed to sign in: first add another passkey or a password',
  TOO_LATE: () => 'was sent already, is being sent, or has a link that has expired',
  TOO_EARLY: ({ seconds }) => `is required for another ${seconds} seconds, until every cache knows the next key`,
};

/** All codes. */
export const FIELD_CODES = Object.keys(SENTENCES) as readonly FieldCode[];

/** Returns the sentence of a fault, as it is shown beside its field. */
export function sentenceOf(fault: Fault): string {
  const sentence = SENTENCES[fault.code] as (facts: Fault) => string;
  return sentence(fault);
}

/** Returns the message of a refusal with these faults. Each sentence begins with its field's name. */
export function messageOf(faults: FieldFaults): string {
  return faults.map((fault) => `${fault.field}: ${sentenceOf(fault)}`).join('; ');
}
