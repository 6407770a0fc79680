import { describe, expect, it } from '@jest/globals';
import { TOTP, URI } from 'otpauth';
import { encode } from 'uqr';
import { describeEnrolment } from '../../../src/credentials/totp/enrolment.ts';

const SECRET = Buffer.from('12345678901234567890');
const enrolment = (issuer: string, username = 'kandi') => describeEnrolment(SECRET, { issuer, username });

describe('the enrolment of an authenticator', () => {
  it('is an address that an app reads back', () => {
    const { uri, secret } = enrolment('https://auth.example.org');
    const parsed = URI.parse(uri) as TOTP;
    expect(parsed).toBeInstanceOf(TOTP);
    expect(parsed).toMatchObject({
      issuer: 'auth.example.org',
      label: 'kandi',
      algorithm: 'SHA1',
      digits: 6,
      period: 30,
    });
    expect(parsed.secret.latin1).toBe(SECRET.toString('latin1'));
    expect(secret).toBe('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
  });

  it.each([
    ['http://127.0.0.1:4000', '127.0.0.1'],
    ['https://auth.example.org/tenant', 'auth.example.org'],
    ['our company: staff', 'our company  staff'],
    ['urn:example:issuer', 'urn example issuer'],
  ])('names the issuer %s without a colon', (issuer, name) => {
    const { uri } = enrolment(issuer);
    expect(URI.parse(uri).issuer).toBe(name);
    expect(decodeURIComponent(new URL(uri).pathname).match(/:/g)).toHaveLength(1);
  });

  it('has a QR code of the address, without a style or a script', () => {
    const { uri, qrCode } = enrolment('https://auth.example.org');
    expect(qrCode).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 \d+ \d+">/);
    expect(qrCode).not.toMatch(/style|script|href|\son\w+=|<image|<foreignObject/i);
    // Every dark module is one square of the path.
    const dark = encode(uri, { border: 4 }).data.flat().filter(Boolean).length;
    expect(qrCode.match(/M\d+,\d+h10v10h-10z/g)).toHaveLength(dark);
  });
});
