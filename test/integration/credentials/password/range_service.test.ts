import { type ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { breachDigest } from '../../../../src/credentials/password/breached/breached_passwords.ts';
import { createRangeService, type RangeService } from '../../../../src/credentials/password/breached/range_service.ts';
import { freePort } from '../../../support/free_port.ts';
import { type RangeServer, startRangeServer } from '../../../support/range_server.ts';

const BREACHED = 'a password of a breach';
const SAFE = 'a password of no breach';
const HEX = breachDigest(BREACHED).toString('hex').toUpperCase();

let server: RangeServer;
let service: RangeService;
beforeAll(async () => {
  server = await startRangeServer();
  server.publish(BREACHED);
  service = createRangeService(server.address);
});
afterEach(() => server.answer());
afterAll(async () => {
  await service.close();
  await server.close();
});

const has = (password: string, of = service) => of.has(breachDigest(password));
const reason = (password = BREACHED, of = service) =>
  has(password, of).then(
    (found) => `found: ${found}`,
    (error: { reason?: string }) => error.reason,
  );
const send = (text: string, status = 200) =>
  server.answer((_request, response) => void response.writeHead(status).end(text));

describe('a range service', () => {
  it('knows a password of its range, and no other', async () => {
    expect([await has(BREACHED), await has(SAFE)]).toEqual([true, false]);
  });

  it('knows every spelling of a password', async () => {
    server.publish('ﬁfty ducks, Ångström'.normalize('NFKC'));
    expect(await has('ﬁfty ducks, A\u030angstro\u0308m')).toBe(true);
  });

  it('receives five hex digits and nothing else of the password', async () => {
    server.asked.length = 0;
    await has(BREACHED);
    expect(server.asked).toHaveLength(1);
    const [{ method, path, headers }] = server.asked as [RangeServer['asked'][number]];
    expect([method, path]).toEqual(['GET', `/range/${HEX.slice(0, 5)}`]);
    expect(headers['add-padding']).toBe('true');
    expect(Object.keys(headers).toSorted()).toEqual(['add-padding', 'connection', 'host', 'user-agent']);
    expect(JSON.stringify(headers).toUpperCase()).not.toContain(HEX.slice(5, 15));
  });

  it('does not decide by padding, which has the count 0', async () => {
    send(`${HEX.slice(5)}:0\r\n`);
    expect(await has(BREACHED)).toBe(false);
  });

  it('reads lower case and a blank last line', async () => {
    send(`${HEX.slice(5).toLowerCase()}:3\n\n`);
    expect(await has(BREACHED)).toBe(true);
  });

  it('is asked at an address with a path, with or without a slash at its end', async () => {
    const other = createRangeService(`${server.address}/mirror/`);
    server.asked.length = 0;
    await has(SAFE, other);
    await other.close();
    expect(server.asked[0]!.path).toMatch(/^\/range\/mirror\/[\dA-F]{5}$/);
  });
});

describe('a response that decides nothing', () => {
  const endless = (response: ServerResponse) => {
    const more = () => {
      while (!response.destroyed && response.write(`${HEX.slice(5)}:1\r\n`.repeat(1_000)));
    };
    response.on('drain', more);
    more();
  };

  it.each<[string, string | undefined, Parameters<RangeServer['answer']>[0]]>([
    ['none within a second', 'timeout', () => {}],
    ['one that stops halfway', 'timeout', (_, response) => void response.write(`${HEX.slice(5)}:1\r\n`)],
    ['bytes without an end', 'malformed', (_, response) => endless(response)],
    ['a page', 'malformed', (_, response) => void response.end('<html>Sign in to the hotel network</html>')],
    ['nothing', 'malformed', (_, response) => void response.end()],
    ['only ends of lines', 'malformed', (_, response) => void response.end('\r\n\r\n')],
    ['one bad line', 'malformed', (_, response) => void response.end(`${HEX.slice(5)}:1\r\nnot a line\r\n`)],
    ['whole digests', 'malformed', (_, response) => void response.end(`${HEX}:1\r\n`)],
    ['an error', 'refused', (_, response) => void response.writeHead(503).end(`${HEX.slice(5)}:1\r\n`)],
    ['too many requests', 'refused', (_, response) => void response.writeHead(429).end()],
    [
      'a redirect',
      'refused',
      (_, response) => void response.writeHead(302, { location: `${server.address}/elsewhere` }).end(),
    ],
    ['a compressed one', 'malformed', (_, response) => void response.end(Buffer.from('1f8b0800', 'hex'))],
    ['a broken connection', 'unreachable', (request) => void request.socket.destroy()],
    ['another protocol', 'unreachable', (request) => void request.socket.end('220 mail.example ESMTP\r\n')],
  ])('is %s', async (_what, expected, answer) => {
    server.asked.length = 0;
    server.answer(answer);
    const started = performance.now();
    expect(await reason()).toBe(expected);
    expect(performance.now() - started).toBeLessThan(3_000);
    // No redirect is followed, and no request is repeated.
    expect(server.asked).toHaveLength(1);
  });

  it('is none at all: the port is closed, or the name is unknown', async () => {
    for (const address of [`http://127.0.0.1:${await freePort()}`, 'http://no-such-host.invalid/range']) {
      const away = createRangeService(address);
      expect(['unreachable', 'timeout']).toContain(await reason(BREACHED, away));
      await away.close();
    }
  });

  it('does not disturb the next one', async () => {
    for (let at = 0; at < 40; at += 1) {
      server.answer((request, response) => (at % 2 ? endless(response) : void request.socket.destroy()));
      await reason();
    }
    server.answer();
    expect(await has(BREACHED)).toBe(true);
  });
});
