export interface RedisAddress {
  readonly form: 'single' | 'sentinel' | 'cluster';
  readonly tls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** The server, the Sentinels, or the first nodes of the Cluster. */
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  /** The Sentinels' name of the master. */
  readonly master: string | undefined;
  readonly db: number;
  /** The Sentinels' password, `?sentinelPassword=`, which usually differs from the data's. */
  readonly sentinelPassword: string | undefined;
}

const SHAPE =
  /^redis(?<tls>s?)(?:-(?<form>sentinel|cluster))?:\/\/(?:(?<username>[^:@/?#]*)(?::(?<password>[^@/?#]*))?@)?(?<hosts>[^@/?#]+)(?:\/(?<path>[^?#]*))?(?:\?(?<query>[^#]*))?$/i;
const HOST = /^(?<host>\[[0-9a-f:.]+\]|[^:[\]\s]+)(?::(?<port>\d{1,5}))?$/i;

/**
 * Reads `REDIS_URL` (`rediss` is TLS; user, password and names are percent-encoded):
 *
 *     redis://[[user]:password@]host[:6379][/db]
 *     redis-sentinel://[[user]:password@]host[:26379],…/master[/db][?sentinelPassword=…]
 *     redis-cluster://[[user]:password@]host[:6379],…
 *
 * @throws Error saying what is wrong, never with the URL, which holds a password.
 */
export function parseRedisUrl(url: string): RedisAddress {
  const parts = SHAPE.exec(url)?.groups;
  if (parts === undefined) {
    throw new Error('not of the form redis://, rediss://, redis-sentinel:// or redis-cluster://');
  }
  const form = parts['form']?.toLowerCase() === 'sentinel' ? 'sentinel' : parts['form'] ? 'cluster' : 'single';
  const hosts = (parts['hosts'] ?? '').split(',').map((host) => parseHost(host, form === 'sentinel' ? 26379 : 6379));
  if (form === 'single' && hosts.length > 1)
    throw new Error('several hosts need redis-sentinel:// or redis-cluster://');

  const path = (parts['path'] ?? '').split('/').filter((step) => step !== '');
  const master = form === 'sentinel' ? path.shift() : undefined;
  if (form === 'sentinel' && master === undefined) throw new Error('redis-sentinel:// needs the name of the master');
  if (form === 'cluster' && path.length > 0) throw new Error('Redis Cluster has no numbered databases');
  const [db = '0', ...rest] = path;
  if (!/^\d{1,4}$/.test(db) || rest.length > 0) throw new Error('the database is not a number');

  const query = new URLSearchParams(parts['query']);
  for (const name of query.keys()) {
    if (form !== 'sentinel' || name !== 'sentinelPassword') throw new Error('the query has an unknown parameter');
  }

  return {
    form,
    tls: parts['tls'] !== '',
    username: decode(parts['username']),
    password: decode(parts['password']),
    hosts,
    master: decode(master),
    db: Number(db),
    sentinelPassword: query.get('sentinelPassword') ?? undefined,
  };
}

/** Returns whether {@link parseRedisUrl} accepts it. */
export function isRedisUrl(url: string): boolean {
  try {
    parseRedisUrl(url);
    return true;
  } catch {
    return false;
  }
}

function parseHost(text: string, defaultPort: number) {
  const parts = HOST.exec(text)?.groups;
  const port = Number(parts?.['port'] ?? defaultPort);
  if (parts?.['host'] === undefined || port < 1 || port > 65_535)
    throw new Error('a host is not of the form name:port');
  return { host: parts['host'].replace(/^\[|\]$/g, ''), port };
}

function decode(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error('user, password or name is not percent-encoded');
  }
}
