import { refuseWeakHashing } from '../credentials/password/settings.ts';
import { refuseForeignRpId } from '../credentials/webauthn/settings.ts';
import { refuseUnusedGatewaySettings } from '../gateway/settings.ts';
import { publicUrlOf } from '../http/settings.ts';
import { refuseUnsignedMail } from '../mail/settings.ts';
import { LONGEST_TOKEN } from '../kernel/token_limits.ts';
import type { ReportFault } from '../kernel/variables.ts';
import { longestTokenOfClient, longestTokenOfRole } from '../tokens/token_size.ts';
import { isGiven, type EnvironmentVariables } from './secret_files.ts';
import type { AllReadValues } from './variables.ts';

/** Reports faults of combinations: each variable may be valid by itself. */
export function refuseCombinations(settings: EnvironmentVariables, values: AllReadValues, report: ReportFault): void {
  refuseMissing(settings, report);
  refuseSameKey(settings, report);
  refuseWeakHashing(values, settings['NODE_ENV'] === 'test', report);
  refuseLongTokens(settings, values, report);
  refuseLonelyWorkers(settings, values, report);
  refuseUnusableRpId(settings, values, report);
  refuseUnusedGatewaySettings(values, report);
  refuseUnsignedMail(values, report);
  refuseUnknownRoles(values, report);
}

function refuseMissing(settings: EnvironmentVariables, report: ReportFault): void {
  const needsStores = settings['NODE_ENV'] === 'production' && settings['ALLOW_EMBEDDED'] !== 'true';
  for (const name of ['DATABASE_URL', 'REDIS_URL', 'JWT_SECRET_KEY'] as const) {
    if (isGiven(settings, name)) continue;
    if (name === 'JWT_SECRET_KEY' && isGiven(settings, 'DATABASE_URL')) {
      // If each replica generated a key, they would refuse each other's tokens.
      report(name, 'required with DATABASE_URL, because there is no data directory to generate a key in', 'MISSING');
    } else if (needsStores) {
      report(name, 'required with NODE_ENV=production, unless ALLOW_EMBEDDED=true', 'MISSING');
    }
  }
}

function refuseSameKey(settings: EnvironmentVariables, report: ReportFault): void {
  const { JWT_SECRET_KEY: key, JWT_SECRET_KEY_PREVIOUS: previous, ROUTER_SECRET: router } = settings;
  // Threat: a leaked key that is set as both looks replaced, but is still in use.
  if (key !== undefined && key === previous) report('JWT_SECRET_KEY_PREVIOUS', 'must differ from JWT_SECRET_KEY');
  // Threat: the router's operator could sign tokens.
  if (router !== undefined && [key, previous].includes(router))
    report('ROUTER_SECRET', 'must differ from JWT_SECRET_KEY');
}

/**
 * Reports settings that make access tokens too long: sign-ins would succeed, and every request with such a token would
 * fail.
 */
function refuseLongTokens(settings: EnvironmentVariables, values: AllReadValues, report: ReportFault): void {
  const { ROLES: roles, ALGORITHM: algorithm, JWT_AUDIENCE: audience, HOST, PORT } = values;
  if (!roles || !algorithm || !audience || HOST === undefined || PORT === undefined) return;
  const isReadable = (name: 'JWT_ISSUER' | 'PUBLIC_URL') => values[name] !== undefined || settings[name] === undefined;
  if (!isReadable('JWT_ISSUER') || !isReadable('PUBLIC_URL')) return;
  const issuer = values.JWT_ISSUER ?? publicUrlOf({ PUBLIC_URL: values.PUBLIC_URL, HOST, PORT });
  const form = { algorithm, issuer, audience };
  const ofClient = longestTokenOfClient(form);
  if (ofClient > LONGEST_TOKEN) {
    const name = values.JWT_ISSUER === undefined ? 'PUBLIC_URL' : 'JWT_ISSUER';
    report(
      name,
      `with JWT_AUDIENCE makes access tokens of ${ofClient} bytes. The limit is ${LONGEST_TOKEN}. Shorten one of them`,
    );
    return;
  }
  for (const [role, scopes] of Object.entries(roles)) {
    const bytes = longestTokenOfRole(role, scopes, form);
    if (bytes <= LONGEST_TOKEN) continue;
    report(
      'ROLES',
      `access tokens of the role ${role} would have ${bytes} bytes. The limit is ${LONGEST_TOKEN}. Give it fewer scopes`,
    );
  }
}

/** Reports roles of `SECOND_FACTOR` that do not exist. Threat: a misspelt role would sign in without a second factor. */
function refuseUnknownRoles({ ROLES: roles, SECOND_FACTOR: required }: AllReadValues, report: ReportFault): void {
  if (!roles || !Array.isArray(required)) return;
  if (required.some((role) => !Object.hasOwn(roles, role))) report('SECOND_FACTOR', 'names a role that ROLES lacks');
}

function refuseUnusableRpId(settings: EnvironmentVariables, values: AllReadValues, report: ReportFault): void {
  const { PUBLIC_URL, HOST, PORT } = values;
  const isReadable = PUBLIC_URL !== undefined || !isGiven(settings, 'PUBLIC_URL');
  if (!isReadable || HOST === undefined || PORT === undefined) return;
  refuseForeignRpId(values, publicUrlOf({ PUBLIC_URL, HOST, PORT }), report);
}

/** Reports several processes without shared stores: each would have its own state. */
function refuseLonelyWorkers(
  settings: EnvironmentVariables,
  { WORKERS: workers = 1 }: AllReadValues,
  report: ReportFault,
): void {
  if (workers === 1) return;
  for (const name of ['DATABASE_URL', 'REDIS_URL'] as const) {
    if (!isGiven(settings, name))
      report(name, 'required with WORKERS, because the processes share state only through it', 'MISSING');
  }
}
