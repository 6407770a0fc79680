import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that systems give to outgoing connections (32768 on Linux, 49152 elsewhere: RFC 6335). */
const RANGE = [20_000, 32_768] as const;

/**
 * Returns a TCP port of 127.0.0.1 that is free at the moment. A port that the system chose could become the end of an
 * outgoing connection before its server listens.
 */
export async function freePort(): Promise<number> {
  const port = randomInt(...RANGE);
  const probe = createServer();
  const isFree = await Promise.race([
    once(probe.listen(port, '127.0.0.1'), 'listening').then(() => true),
    once(probe, 'error').then(() => false),
  ]).catch(() => false);
  if (!isFree) return freePort();
  probe.close();
  await once(probe, 'close');
  return port;
}
