/** Words that name a secret anywhere in a name: `currentPassword`, `set-cookie`, `accesstoken`. */
const ANYWHERE = /password|passphrase|secret|token|assertion|credential|authorization|cookie|private|apikey|ticket/;

/**
 * Words that are parts of harmless words. They name a secret only at the end of a part: `codeVerifier`, `totp`,
 * `recoveryCodes`.
 */
const AT_THE_END = /(?:code|otp)s?\d*$/;

/** Returns whether a name says that its value is a secret. A false positive hides a reason, or a value in the log. */
export function isSecretName(name: string): boolean {
  const parts = name
    .replaceAll(/([a-z\d])([A-Z])|([A-Z])(?=[A-Z][a-z])/g, '$1$3 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/);
  return ANYWHERE.test(parts.join('')) || parts.some((part) => AT_THE_END.test(part));
}
