import { randomBytes } from 'node:crypto';
import { type Benchmark, PACKAGES_MISSING } from './support/bench.ts';
import { connectAll, requestOf } from './support/client.ts';
import { atMost, figure, leftOut } from './support/figure.ts';
import { CLIENTS, HASHING_CLIENTS, inTurns, loginLoad, meLoad, SHOWN } from './support/loads.ts';
import { each, interleave, type Load, measure, peakOf, ratios, ratiosPerCore } from './support/rounds.ts';
import { PASSWORD, populate } from './support/seed.ts';
import { SERVERS } from './support/stores.ts';

const USERS = 200;
const SESSION = 'better-auth.session_token';

/** Compares with a library that users might choose instead, over the same database: the current user, and sign-in. */
export const betterAuth: Benchmark = async (bench) => {
  const name = 'better-auth get-session/s ÷ me/s, its cookie cache off, by the clock';
  if (PACKAGES_MISSING) return [leftOut(name, PACKAGES_MISSING)];
  if (!SERVERS) return [leftOut(name, 'it needs a PostgreSQL server')];
  const gatehouse = await bench.gatehouse();
  const population = await populate(gatehouse, SHOWN);
  const env = { DATABASE_URL: gatehouse.env['DATABASE_URL']!, SECRET: randomBytes(32).toString('hex') };
  // Starts one after the other, because each creates missing tables.
  const uncached = await bench.contender('better_auth', '/api/auth/ok', { ...env, COOKIE_CACHE: 'off' });
  const cached = await bench.contender('better_auth', '/api/auth/ok', { ...env, COOKIE_CACHE: 'on' });
  const cookies = await signUp(cached.url);

  const asking = await meLoad(gatehouse, population);
  const [sessionsOnly, all] = [cookies.map(([session]) => session!), cookies.map((given) => given.join('; '))];
  const off = getSessionLoad(uncached, sessionsOnly);
  const on = getSessionLoad(cached, all);
  const reads = await interleave(
    { me: (ms) => measure(asking, ms), off: (ms) => measure(off, ms), on: (ms) => measure(on, ms) },
    bench.pace,
  );

  const ours = loginLoad(gatehouse, population, HASHING_CLIENTS);
  const theirs = inTurns(uncached, HASHING_CLIENTS, userNumbers().map(signInRequest));
  const signIns = await interleave(
    { ours: (ms) => measure(ours, ms), theirs: (ms) => measure(theirs, ms) },
    bench.hashingPace,
  );
  return [
    figure(name, ratios(reads.off, reads.me), { wanted: atMost(0.5), samples: { reads, signIns } }),
    figure('  the same per core of the server', ratiosPerCore(reads.off, reads.me)),
    figure('  get-session/s', each(reads.off, 'perSecond'), { digits: 0, memoryKib: peakOf(reads.off) }),
    figure('better-auth get-session/s ÷ me/s, its cookie cache on, by the clock', ratios(reads.on, reads.me), {
      wanted: atMost(1),
    }),
    figure('  the same per core of the server', ratiosPerCore(reads.on, reads.me)),
    figure('  get-session/s', each(reads.on, 'perSecond'), { digits: 0, memoryKib: peakOf(reads.on) }),
    figure('  me/s', each(reads.me, 'perSecond'), { digits: 0, memoryKib: peakOf(reads.me) }),
    figure(
      'better-auth sign-in/s, its scrypt, ÷ login/s, Argon2id, by the clock',
      ratios(signIns.theirs, signIns.ours),
    ),
    figure('  sign-in/s', each(signIns.theirs, 'perSecond'), { digits: 1, memoryKib: peakOf(signIns.theirs) }),
    figure('  login/s', each(signIns.ours, 'perSecond'), { digits: 1, memoryKib: peakOf(signIns.ours) }),
  ];
};

function userNumbers(): number[] {
  return Array.from({ length: USERS }, (_, at) => at + 1);
}

function post(path: string, body: object): Buffer {
  return requestOf({ path, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
}

function signInRequest(user: number): Buffer {
  return post('/api/auth/sign-in/email', { email: `user${user}@example.com`, password: PASSWORD });
}

/** Creates accounts through the library's own API. Returns the cookies of each account, the session's first. */
async function signUp(url: string): Promise<string[][]> {
  const connections = await connectAll(url, HASHING_CLIENTS);
  const cookies: string[][] = [];
  const left = userNumbers();
  await Promise.all(
    connections.map(async (connection) => {
      for (let user = left.pop(); user !== undefined; user = left.pop()) {
        const account = { name: `User ${user}`, email: `user${user}@example.com`, password: PASSWORD };
        const { status, head, body } = await connection.send(post('/api/auth/sign-up/email', account));
        if (status !== 200) throw new Error(`${status}: ${body}`);
        const given = [...head.matchAll(/^set-cookie: *([^;\r]+)/gim)].map(([, cookie]) => cookie!);
        cookies.push(given.sort((a, b) => Number(b.startsWith(SESSION)) - Number(a.startsWith(SESSION))));
      }
      connection.close();
    }),
  );
  return cookies;
}

function getSessionLoad(server: { url: string; pid: number }, cookies: readonly string[]): Load {
  const requests = cookies.map((cookie) => requestOf({ path: '/api/auth/get-session', headers: { cookie } }));
  const { work, ...load } = inTurns(server, CLIENTS, requests);
  return {
    ...load,
    async work(connection, client) {
      // A request without a session also gets a response, and sooner.
      if ((await work(connection, client)) === 'null') throw new Error('the cookie is not accepted');
    },
  };
}
