import { LONGEST_TOKEN } from '../kernel/token_limits.ts';
import { isGiven, type Report, type Settings } from './settings.ts';
import { longestTokenOfClient, longestTokenOfRole } from './token_size.ts';
import { publicUrlOf, Variables } from './variables.ts';

/** Reports what is wrong with several variables together, each of which may be right by itself. */
export function refuseCombinations(settings: Settings, report: Report): void {
  refuseMissing(settings, report);
  refuseSameKey(settings, report);
  refuseWeakHashing(settings, report);
  refuseLongTokens(settings, report);
  refuseLonelyWorkers(settings, report);
  refuseTwoSupergraphs(settings, report);
  refuseUnknownSubgraphs(settings, report);
}

function refuseMissing(settings: Settings, report: Report): void {
  const needsStores = settings.NODE_ENV === 'production' && settings.ALLOW_EMBEDDED !== 'true';
  for (const name of ['DATABASE_URL', 'REDIS_URL', 'JWT_SECRET_KEY'] as const) {
    if (isGiven(settings, name)) continue;
    if (name === 'JWT_SECRET_KEY' && isGiven(settings, 'DATABASE_URL')) {
      // Replicas that each made one up would refuse one another's tokens.
      report(name, 'required with DATABASE_URL, because there is no data directory to generate a key in', 'MISSING');
    } else if (needsStores) {
      report(name, 'required with NODE_ENV=production, unless ALLOW_EMBEDDED=true', 'MISSING');
    }
  }
}

function refuseSameKey(settings: Settings, report: Report): void {
  const { JWT_SECRET_KEY: key, JWT_SECRET_KEY_PREVIOUS: previous, ROUTER_SECRET: router } = settings;
  // A leaked key set as both is still in use, and looks replaced.
  if (key !== undefined && key === previous) report('JWT_SECRET_KEY_PREVIOUS', 'must differ from JWT_SECRET_KEY');
  // Whoever runs the router could sign tokens.
  if (router !== undefined && [key, previous].includes(router))
    report('ROUTER_SECRET', 'must differ from JWT_SECRET_KEY');
}

/** OWASP Password Storage Cheat Sheet, Argon2id: what memory each number of passes needs at least. */
function refuseWeakHashing(settings: Settings, report: Report): void {
  const { data } = Hashing.safeParse(settings);
  if (data === undefined) return;
  const { ARGON2_MEMORY_KIB: memory, ARGON2_TIME_COST: passes, ARGON2_PARALLELISM: lanes } = data;
  if (settings.NODE_ENV !== 'test' && memory < (passes >= 2 ? 19_456 : 47_104)) {
    report('ARGON2_MEMORY_KIB', "is below OWASP's minimum: 19456 with ARGON2_TIME_COST of 2 or more, 47104 with 1");
  }
  // RFC 9106, section 3.1.
  if (memory < 8 * lanes) report('ARGON2_MEMORY_KIB', 'must be at least 8 times ARGON2_PARALLELISM');
}

/** A sign-in that succeeds, and whose token then is refused with every request, would be found out by its people. */
function refuseLongTokens(settings: Settings, report: Report): void {
  const { data } = Tokens.safeParse(settings);
  if (data === undefined) return;
  const issuer = data.JWT_ISSUER ?? publicUrlOf(data);
  const form = { algorithm: data.ALGORITHM, issuer, audience: data.JWT_AUDIENCE };
  const ofClient = longestTokenOfClient(form);
  if (ofClient > LONGEST_TOKEN) {
    const name = data.JWT_ISSUER === undefined ? 'PUBLIC_URL' : 'JWT_ISSUER';
    report(
      name,
      `with JWT_AUDIENCE makes access tokens of ${ofClient} bytes. The limit is ${LONGEST_TOKEN}. Shorten one of them`,
    );
    return;
  }
  for (const [role, scopes] of Object.entries(data.ROLES)) {
    const bytes = longestTokenOfRole(role, scopes, form);
    if (bytes <= LONGEST_TOKEN) continue;
    report(
      'ROLES',
      `access tokens of the role ${role} would have ${bytes} bytes. The limit is ${LONGEST_TOKEN}. Give it fewer scopes`,
    );
  }
}

/** Each has a memory of its own, and an embedded database takes one process. */
function refuseLonelyWorkers(settings: Settings, report: Report): void {
  const { data: workers = 1 } = Variables.shape.WORKERS.safeParse(settings.WORKERS);
  if (workers === 1) return;
  for (const name of ['DATABASE_URL', 'REDIS_URL'] as const) {
    if (!isGiven(settings, name))
      report(name, 'required with WORKERS, because the processes share state only through it', 'MISSING');
  }
}

function refuseTwoSupergraphs(settings: Settings, report: Report): void {
  if (settings.SUBGRAPHS && settings.SUPERGRAPH_FILE)
    report('SUPERGRAPH_FILE', 'SUBGRAPHS is set too; keep one of the two');
}

/** A slip in a name would leave a limit, or what is forwarded, as it is without being set. Of a file they are known later. */
function refuseUnknownSubgraphs(settings: Settings, report: Report): void {
  const { data } = Federation.safeParse(settings);
  if (!data?.SUBGRAPHS) return;
  const names = new Set(['*', ...data.SUBGRAPHS.map(({ name }) => name)]);
  const unknown = Object.keys(data.SUBGRAPH_OPTIONS).filter((name) => !names.has(name));
  if (unknown.length > 0)
    report('SUBGRAPH_OPTIONS', `names subgraphs that are not in SUBGRAPHS: ${unknown.join(', ')}`);
}

const Federation = Variables.pick({ SUBGRAPHS: true, SUBGRAPH_OPTIONS: true });
const Tokens = Variables.pick({
  ROLES: true,
  ALGORITHM: true,
  JWT_ISSUER: true,
  JWT_AUDIENCE: true,
  PUBLIC_URL: true,
  HOST: true,
  PORT: true,
});
const Hashing = Variables.pick({ ARGON2_MEMORY_KIB: true, ARGON2_TIME_COST: true, ARGON2_PARALLELISM: true });
