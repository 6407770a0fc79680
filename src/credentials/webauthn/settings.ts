import { oneOf, parsed, type ReadValues, type ReportFault, type Values } from '../../kernel/variables.ts';
import { covers, passkeyDomain, type RelyingParty, relyingPartyOf } from './relying_party.ts';

/** The variables of passkeys. */
export const passkeyVariables = {
  PASSKEYS: oneOf('on', 'off').default('on'),
  PASSKEY_RP_ID: parsed(normalDomain, 'must be a domain, such as example.com').optional(),
};

export interface PasskeySettings {
  /** `PASSKEYS`. */
  readonly on: boolean;
  /** Null if passkeys are off, or if browsers have none at the address of this server. */
  readonly relyingParty: RelyingParty | null;
}

/** The addresses of the server that passkeys depend on. */
interface Addresses {
  readonly publicUrl: string;
  readonly corsOrigins: readonly string[];
}

export function passkeySettings(
  { PASSKEYS, PASSKEY_RP_ID: rpId }: Values<typeof passkeyVariables>,
  addresses: Addresses,
): PasskeySettings {
  const on = PASSKEYS === 'on';
  return { on, relyingParty: on ? relyingPartyOf({ ...addresses, rpId }) : null };
}

/** Reports an RP ID that browsers would refuse on the pages of this server. */
export function refuseForeignRpId(
  { PASSKEY_RP_ID: rpId }: ReadValues<typeof passkeyVariables>,
  publicUrl: string,
  report: ReportFault,
): void {
  if (rpId === undefined) return;
  const domain = passkeyDomain(publicUrl);
  if (domain === null) {
    report('PASSKEY_RP_ID', 'has no effect: browsers need a PUBLIC_URL with https:// and a host name for passkeys');
  } else if (!covers(rpId, domain)) {
    report('PASSKEY_RP_ID', `must be ${domain}, the host of PUBLIC_URL, or a domain above it with at least one dot`);
  }
}

/** Returns a domain as browsers spell it; undefined for other text. */
function normalDomain(text: string): string | undefined {
  if (!/^[\p{L}\p{N}._-]{1,253}$/u.test(text) || !URL.canParse(`https://${text}`)) return undefined;
  const { hostname } = new URL(`https://${text}`);
  // URL reads `1` as the address 0.0.0.1.
  return /^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/.test(hostname) && !/^[\d.]+$/.test(hostname) ? hostname : undefined;
}
