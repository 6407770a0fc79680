import { describe, expect, it } from '@jest/globals';
import { isSecretName } from '../../src/kernel/secret_names.ts';

describe('isSecretName', () => {
  it.each([
    ...['password', 'currentPassword', 'PASSWORD', 'passwordHash', 'new_passwords', 'JWT_SECRET_KEY'],
    ...['token', 'refreshToken', 'accesstoken', 'id_token_hint', 'clientSecret', 'clientAssertion', 'credentials'],
    ...['code', 'codeVerifier', 'totpCode', 'recoveryCodes', 'userCode2', 'authcode', 'otp', 'totp', 'OTPCode', 'otp2'],
    ...['Authorization', 'set-cookie', 'privateJwk', 'apiKey', 'account.token'],
  ])('is true for %s', (name) => {
    expect(isSecretName(name)).toBe(true);
  });

  it.each([
    ...['username', 'role', 'kid', 'input', 'delivery', 'options', 'hotpink', 'codec', 'descriptors', 'encoded'],
    ...['redirectUris', 'grantTypes', 'pkce', '', 'now', 'address'],
  ])('is false for %s', (name) => {
    expect(isSecretName(name)).toBe(false);
  });
});
