import { Cluster, Redis } from 'ioredis';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import { namedLimiters, storeFault } from './limiter.ts';
import { parseRedisUrl, type RedisAddress } from './redis_url.ts';
import { type ExpiringEntry, wholeMilliseconds } from './ttl.ts';

const KEY_PREFIX = 'gatehouse:';
const COMMAND_TIMEOUT_MS = 2_000;

const REPLACE_IF = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`;

const SET_MANY = `
for at, key in ipairs(KEYS) do redis.call('SET', key, ARGV[2 * at - 1], 'PX', ARGV[2 * at]) end`;
/** Keys of one script call. The server does nothing else meanwhile, for about a millisecond. */
const TOGETHER = 500;

// A replica would serve reads of lagging data. It is refused like a write, so that the client looks for the master. A
// server that restarts, and a replica that takes over, have new replication ids. The number of evicted keys is part of
// the id here: a server whose policy was changed, and which evicted keys, counts as another one.
const GET_WITH_REPLICATION_ID = `
local replication = redis.call('INFO', 'replication')
if not string.find(replication, 'role:master', 1, true) then return redis.error_reply('READONLY not a master') end
local evicted = string.match(redis.call('INFO', 'stats'), 'evicted_keys:(%d+)')
return { string.match(replication, 'master_replid:(%x+)'), evicted, redis.call('MGET', unpack(KEYS)) }`;
/** Milliseconds until the key of the write check expires. */
const SAFE_MS = 1_000;
/** Milliseconds for which a check of the policy is valid while generations are read. */
const WATCHED_MS = 1_000;
/** Digits of the replication id, enough to tell all servers apart. */
const REPLICATION_ID_DIGITS = 16;

// The line is a sorted set by time of joining, in microseconds of the server's clock, because the replicas' clocks
// differ. A new member goes behind the last one even if that clock was set back.
const JOIN = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2] * 1000)
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2]
  redis.call('ZADD', KEYS[1], math.max(now, (tonumber(last) or 0) + 1), ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return redis.call('ZRANK', KEYS[1], ARGV[1]) + 1`;

export interface RedisSettings {
  readonly onError: (error: Error) => void;
  readonly readyTimeoutMs: number;
}

/** Opens the store on Redis, and resolves once it is ready. */
export async function openRedis(url: string, settings: RedisSettings) {
  const client = await connect(url, settings);
  const watchPolicy = atMostEvery(WATCHED_MS, () => refuseEviction(client));

  return {
    kind: 'redis' as const,

    async getMany(keys: readonly string[]) {
      if (keys.length === 0) return [];
      // A Cluster refuses one command for keys of different slots. Several commands sent together still take one round
      // trip.
      return run(client instanceof Cluster ? Promise.all(keys.map((key) => client.get(key))) : client.mget([...keys]));
    },
    async getWithReplicationId(keys: readonly string[]) {
      // Sent together, in one round trip. An eviction within that second changes the replication id.
      const [[replication, evicted, values]] = await run(Promise.all([withReplicationId(client, keys), watchPolicy()]));
      return { replicationId: `${replication.slice(0, REPLICATION_ID_DIGITS)}-${evicted}`, values };
    },
    async set(key: string, value: string, ttlMs: number) {
      await run(client.set(key, value, 'PX', wholeMilliseconds(ttlMs)));
    },
    async setMany(entries: readonly ExpiringEntry[]) {
      for (let at = 0; at < entries.length; at += TOGETHER) {
        const some = entries.slice(at, at + TOGETHER);
        const values = some.flatMap(({ value, ttlMs }) => [value, wholeMilliseconds(ttlMs)]);
        await run(client.eval(SET_MANY, some.length, ...some.map(({ key }) => key), ...values));
      }
    },
    async setIfAbsent(key: string, value: string, ttlMs: number) {
      return (await run(client.set(key, value, 'PX', wholeMilliseconds(ttlMs), 'NX'))) === 'OK';
    },
    async replaceIf({ key, value, ttlMs }: ExpiringEntry, expected: string) {
      return (await run(client.eval(REPLACE_IF, 1, key, expected, value, wholeMilliseconds(ttlMs)))) === 1;
    },
    async delete(keys: readonly string[]) {
      if (keys.length === 0) return;
      await run<unknown>(
        client instanceof Cluster ? Promise.all(keys.map((key) => client.del(key))) : client.del(...keys),
      );
    },

    async join(line: string, member: string, ttlMs: number) {
      return Number(await run(client.eval(JOIN, 1, line, member, wholeMilliseconds(ttlMs))));
    },
    async leave(line: string, member: string) {
      await run(client.zrem(line, member));
    },

    limiter: namedLimiters(
      ({ name, points, durationSeconds }) =>
        new RateLimiterRedis({ storeClient: client, keyPrefix: name, points, duration: durationSeconds }),
    ),

    async ping() {
      await run(client.ping());
    },
    async checkSafe() {
      await run(client.set('safe', '1', 'PX', SAFE_MS));
      await run(refuseEviction(client));
    },
    async close() {
      // QUIT waits for pending replies. If the server does not respond, there is nothing to wait for.
      await client.quit().catch(() => client.disconnect());
    },
  };
}

/** Returns a check that runs again once its last success is `ms` old. Callers before that share its outcome. */
function atMostEvery(ms: number, check: () => Promise<void>): () => Promise<void> {
  let outcome: Promise<void> | undefined;
  let begun = 0;
  return () => {
    if (outcome && performance.now() - begun < ms) return outcome;
    begun = performance.now();
    const current = check().catch((error: unknown) => {
      if (outcome === current) outcome = undefined;
      throw error;
    });
    return (outcome = current);
  };
}

type WithReplicationId = [replication: string, evicted: string, values: (string | null)[]];

/** Sent as the script's digest; the script itself is sent once a connection. */
function withReplicationId(client: Redis | Cluster, keys: readonly string[]): Promise<WithReplicationId> {
  type Scripted = { getWithReplicationId(count: number, ...keys: string[]): Promise<WithReplicationId> };
  return (client as unknown as Scripted).getWithReplicationId(keys.length, ...keys);
}

async function run<T>(command: Promise<T>): Promise<T> {
  try {
    return await command;
  } catch (thrown) {
    throw storeFault(thrown);
  }
}

async function connect(url: string, { onError, readyTimeoutMs }: RedisSettings): Promise<Redis | Cluster> {
  const { client, where } = await reachRedis(url, readyTimeoutMs);
  try {
    await refuseReplica(client);
    await refuseEviction(client);
  } catch (thrown) {
    client.disconnect();
    throw unusable(where, thrown);
  }
  client.defineCommand('getWithReplicationId', { lua: GET_WITH_REPLICATION_ID });
  client.on('error', (error: Error) => onError(new Error(`Redis at ${where}: ${reasonOf(error)}`)));
  return client;
}

/**
 * Connects to a server, usable or not.
 * @throws Error without the password
 */
export async function reachRedis(url: string, timeoutMs: number): Promise<{ client: Redis | Cluster; where: string }> {
  const address = parse(url);
  const where = address.hosts.map(({ host, port }) => `${host}:${port}`).join(',');
  const client = createClient(address);
  try {
    await ready(client, timeoutMs);
    return { client, where };
  } catch (thrown) {
    client.disconnect();
    throw unusable(where, thrown);
  }
}

function unusable(where: string, thrown: unknown): Error {
  return new Error(`REDIS_URL: Redis at ${where} is not usable: ${reasonOf(thrown)}`, { cause: thrown });
}

/**
 * Refuses a replica with a clear reason. Otherwise only the first write would fail, and the start would wait without a
 * reason.
 */
async function refuseReplica(client: Redis | Cluster): Promise<void> {
  const nodes = client instanceof Cluster ? client.nodes('master') : [client];
  for (const replication of await Promise.all(nodes.map((node) => node.info('replication')))) {
    if (/^role:master/m.test(replication)) continue;
    const master = /^master_host:(\S+)/m.exec(replication)?.[1];
    const port = /^master_port:(\d+)/m.exec(replication)?.[1];
    throw new Error(`it is a read-only replica${master ? `. Connect to its master, ${master}:${port}` : ''}`);
  }
}

/** Refuses a server that evicts keys. Threat: an evicted denial makes its tokens valid again. */
async function refuseEviction(client: Redis | Cluster): Promise<void> {
  const nodes = client instanceof Cluster ? client.nodes('master') : [client];
  for (const memory of await Promise.all(nodes.map((node) => node.info('memory')))) {
    const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1];
    if (policy !== 'noeviction') throw new Error(`maxmemory-policy is ${policy ?? 'not known'} and must be noeviction`);
  }
}

function parse(url: string): RedisAddress {
  try {
    return parseRedisUrl(url);
  } catch (thrown) {
    throw new Error(`REDIS_URL: ${reasonOf(thrown)}`, { cause: thrown });
  }
}

function createClient({ form, tls, hosts, username, password, db, master, sentinelPassword }: RedisAddress) {
  const options = {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls ? { tls: {} } : {}),
    connectionName: 'gatehouse',
    connectTimeout: 5_000,
    commandTimeout: COMMAND_TIMEOUT_MS,
    // Threat: a server that vanished would look ready, and cost every request the timeout.
    socketTimeout: COMMAND_TIMEOUT_MS + 500,
    // ioredis keeps the process alive for this long after a disconnect, even without a connection.
    disconnectTimeout: 200,
    maxRetriesPerRequest: 0,
    // A sent command may have run. Counting twice would be worse than a 503.
    autoResendUnfulfilledCommands: false,
    // After a failover, the old master is a replica: reconnect to find the new one. Redis begins an error with its
    // code.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
  };
  if (form === 'cluster') {
    return new Cluster([...hosts], {
      keyPrefix: KEY_PREFIX,
      enableOfflineQueue: false,
      maxRedirections: 5,
      clusterRetryStrategy: backoff,
      redisOptions: options,
      // Certificates name hosts: keep the host names that nodes announce instead of their addresses.
      ...(tls ? { dnsLookup: (name, done) => done(null, name) } : {}),
    });
  }
  const [server = { host: 'localhost', port: 6379 }] = hosts;
  const peers =
    form === 'single'
      ? server
      : {
          sentinels: [...hosts],
          name: master ?? '',
          sentinelCommandTimeout: COMMAND_TIMEOUT_MS,
          ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
          ...(tls ? { enableTLSForSentinelMode: true, sentinelTLS: {} } : {}),
        };
  return new Redis({
    ...options,
    ...peers,
    db,
    keyPrefix: KEY_PREFIX,
    enableOfflineQueue: false,
    retryStrategy: backoff,
  });
}

/**
 * Returns the milliseconds before the next try, at most two seconds and random, so that replicas do not reconnect at
 * once.
 */
function backoff(attempt: number): number {
  return Math.min(2_000, 50 * 2 ** Math.min(attempt, 10)) * (0.75 + Math.random() / 4);
}

function ready(client: Redis | Cluster, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let last = new Error(`no answer within ${timeoutMs} ms`);
    const timer = setTimeout(() => reject(last), timeoutMs);
    client.once('ready', () => {
      clearTimeout(timer);
      resolve();
    });
    client.on('error', (error: Error) => {
      last = error;
      // A refusal (a wrong password, a missing database) does not get better with waiting.
      if (error.name === 'ReplyError') {
        clearTimeout(timer);
        reject(error);
      }
    });
  });
}

/** Returns only the text of an error. Threat: ioredis attaches commands, and with them the password, to its errors. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const { message, code, lastNodeError } = thrown as Error & { code?: string; lastNodeError?: Error };
  return [message || code || thrown.name, lastNodeError?.message].filter(Boolean).join(' ');
}
