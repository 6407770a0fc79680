import { TOTP } from 'otpauth';
import { renderSVG } from 'uqr';
import { librarySecret, PARAMETERS } from './one_time_code.ts';

/** The secret of a new authenticator, for its owner alone. */
export interface TotpEnrolment {
  /** In base32, for typing. */
  readonly secret: string;
  /** `otpauth://totp/…` (Key URI format). */
  readonly uri: string;
  /** The address as a QR code: an SVG without styles and scripts, which a content security policy would refuse. */
  readonly qrCode: string;
}

/** Modules of white around the code (ISO/IEC 18004 section 6.3.8). */
const QUIET_ZONE = 4;

/** Returns what an authenticator app needs of a secret. */
export function describeEnrolment(secret: Buffer, { issuer, username }: EnrolmentNames): TotpEnrolment {
  const totp = new TOTP({ ...PARAMETERS, issuer: issuerName(issuer), label: username, secret: librarySecret(secret) });
  const uri = totp.toString();
  return { secret: totp.secret.base32, uri, qrCode: renderSVG(uri, { border: QUIET_ZONE }) };
}

export interface EnrolmentNames {
  /** The issuer of access tokens. */
  readonly issuer: string;
  readonly username: string;
}

/** Returns the name under which an app lists the account: the host of the issuer. The format forbids colons in it. */
function issuerName(issuer: string): string {
  const name = URL.canParse(issuer) ? new URL(issuer).hostname : issuer;
  return (name || issuer).replaceAll(':', ' ');
}
