import type { Config } from '../../config/config.ts';
import { readEvents } from '../../audit/read_events.ts';
import { createUnknownNames } from '../../audit/unknown_names.ts';
import { random } from '../../kernel/secret.ts';
import { ENTITIES } from '../../composition/storage.ts';
import { openDatabase } from '../../store/database/database.ts';
import type { Finding, Look } from './finding.ts';

const check = 'proxy';
const PATIENCE_MS = 10_000;
/** The shortest prefix of a private network (RFC 4193's fc00::/7; 10.0.0.0/8): wider ranges include strangers. */
const NARROW = 7;
/** An address for documentation (RFC 5737), which no client has. */
const FORGED = '203.0.113.77';

/**
 * Checks which proxies may set a client's address, by which attempts are limited.
 * @param probe also signs in under a made-up name, which fails, counts in the limits and is audited
 */
export function lookAtProxy(config: Config, probe: boolean): Look[] {
  const needs = ['TRUST_PROXY', 'PUBLIC_URL', 'HOST', 'PORT'];
  return [
    { check, needs, run: async () => [ofConfiguration(config)] },
    ...(probe ? [{ check, needs: [...needs, 'DATABASE_URL'], run: async () => [await ofForgedAddress(config)] }] : []),
  ];
}

function ofConfiguration({ http: { trustProxy, publicUrl } }: Config): Finding {
  const wide = trustProxy.filter((range) => Number(range.split('/')[1] ?? NARROW) < NARROW);
  if (wide.length > 0) {
    const says = `TRUST_PROXY has ${wide.join(', ')}: clients in that range can choose the address they are limited by`;
    return { check, state: 'fail', says, todo: 'List only the addresses of the proxies.' };
  }
  if (trustProxy.length > 0) {
    const says = `X-Forwarded-For is trusted from ${trustProxy.join(', ')} only`;
    return { check, state: 'ok', says };
  }
  if (publicUrl.startsWith('http:')) return { check, state: 'ok', says: 'no proxy is trusted, and none is expected' };
  return {
    check,
    state: 'warn',
    says: 'PUBLIC_URL is https://, so there is a proxy, but TRUST_PROXY is not set: all clients share the address of the proxy',
    todo: "Set TRUST_PROXY to the proxy's address, or one client can use up the limits of all.",
  };
}

/** Sends a forged address through the proxy, and reads the address that arrived from the audit log. */
async function ofForgedAddress({ http: { publicUrl }, store, secret }: Config): Promise<Finding> {
  if (store.databaseUrl === undefined) {
    return { check, state: 'note', says: 'not probed: only the server can read an embedded database' };
  }
  const username = `doctor.${random(8).toString('hex')}`;
  const answer = await fetch(`${publicUrl}/token`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'X-Forwarded-For': FORGED },
    body: new URLSearchParams({ username, password: random(18).toString('base64url') }),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  await answer.body?.cancel();
  const database = await openDatabase({
    url: store.databaseUrl,
    dataDir: store.dataDir,
    entities: ENTITIES,
    patience: 0,
    migrate: false,
  });
  try {
    // The server may use either key while a secret is replaced.
    const secrets = [secret.key, secret.previous].filter((key) => key !== undefined);
    const names = createUnknownNames(secrets).digests(username);
    const { events } = await database.run((db) => readEvents(db, { first: 1, names }));
    const address = events[0]?.address;
    if (address == null) {
      const says = `not determined: ${publicUrl}/token returned ${answer.status}, but this database has no event of it`;
      return { check, state: 'warn', says, todo: 'Check that PUBLIC_URL leads to a server that uses this database.' };
    }
    if (address === FORGED) {
      const says = 'a client chooses its own address: a forged X-Forwarded-For was accepted';
      const todo = 'Let the proxy set X-Forwarded-For or append to it, and list only the proxy in TRUST_PROXY.';
      return { check, state: 'fail', says, todo };
    }
    return {
      check,
      state: 'ok',
      says: `a forged X-Forwarded-For is ignored: the server saw ${address} as the address of this machine`,
    };
  } finally {
    await database.close();
  }
}
