import { once } from 'node:events';
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { createHasher, type Hasher } from '../../../../src/credentials/password/hasher.ts';
import { callHashing, serveHashing } from '../../../../src/credentials/password/hashing_calls.ts';
import { type Hashing, type HashingOptions, openHashing } from '../../../../src/credentials/password/hashing_pool.ts';
import type { Turn } from '../../../../src/credentials/password/hashing_queue.ts';
import { createLog } from '../../../../src/kernel/log.ts';
import {
  environmentOf,
  hashingProcesses,
  priorities,
  processorTicks,
  SHOWS_PROCESSES,
} from '../../../support/process_table.ts';
import { logFile } from '../../../support/log_file.ts';
import { until } from '../../../support/until.ts';

const SMALL: HashingOptions = {
  memoryKib: 64,
  timeCost: 1,
  parallelism: 1,
  atOnce: 2,
  queue: 64,
  deadlineSeconds: 10,
};
/** Each hash takes about a second, which leaves time to interfere. */
const LONG = { ...SMALL, memoryKib: 4096, timeCost: 400, atOnce: 1, deadlineSeconds: 60 };
const PASSWORD = 'secure-password-here';

const opened: Hashing[] = [];
async function open(options: HashingOptions = SMALL): Promise<{ hashing: Hashing; pid: number }> {
  const before = new Set(SHOWS_PROCESSES ? hashingProcesses() : []);
  const hashing = await openHashing(options, createLog('info', logFile()));
  opened.push(hashing);
  const [pid = 0] = SHOWS_PROCESSES ? hashingProcesses().filter((one) => !before.has(one)) : [];
  return { hashing, pid };
}
afterEach(async () => {
  for (const hashing of opened.splice(0)) await hashing.close();
});

const overloaded = { kind: 'OVERLOADED', status: 503, retryAfter: 1 };
const onLinux = SHOWS_PROCESSES ? test : test.skip;

describe('a hasher in a process of its own', () => {
  test('does what one in this process does', async () => {
    const { hashing } = await open();
    const local = await createHasher(SMALL);
    expect(await local.verify(PASSWORD, await hashing.hash(PASSWORD))).toEqual({ matches: true, upgrade: false });
    for (const hasher of [hashing, local]) {
      const stored = await hasher.hash(PASSWORD);
      const cases: [string, string][] = [
        [PASSWORD, stored],
        ['another', stored],
        [PASSWORD, hasher.decoy()],
        [PASSWORD, '$2b$04$abcdefghijklmnopqrstuuJi2TAxXdgRn1B99hNSae.slODeFgo7i'],
        [PASSWORD, 'no hash'],
        ['a lone \ud800 surrogate', stored],
        ['a lone \ufffd surrogate', await hasher.hash('a lone \ufffd surrogate')],
        ['a \ufb01rst "password"\0\n\u2028', await hasher.hash('a first "password"\0\n\u2028')],
        ['', stored],
      ];
      for (const [password, hash] of cases) {
        expect(await hashing.verify(password, hash)).toEqual(await local.verify(password, hash));
      }
    }
    // A channel that mangles text would confuse this pair.
    const replaced = await hashing.hash('a lone \ufffd surrogate');
    expect(await hashing.verify('a lone \ud800 surrogate', replaced)).toEqual({ matches: false, upgrade: false });
    await expect(hashing.hash('')).rejects.toThrow('could never be verified');
  });

  onLinux('at a lower priority, every thread of it', async () => {
    const { hashing, pid } = await open();
    // The hashing threads are created at the first hash.
    await Promise.all(Array.from({ length: 8 }, () => hashing.hash(PASSWORD)));
    const nice = priorities(pid);
    expect(nice.length).toBeGreaterThan(2);
    expect(new Set(nice)).toEqual(new Set([15]));
  });

  onLinux('as wide as hashes may run at once, and without anything of this environment', async () => {
    process.env['HASHING_TEST_SECRET'] = 'a secret';
    try {
      const { pid } = await open({ ...SMALL, atOnce: 3 });
      // Node passes the channel to a child in the other two variables.
      const own = environmentOf(pid).filter((variable) => !variable.startsWith('NODE_CHANNEL_'));
      expect(own).toEqual(['UV_THREADPOOL_SIZE=3']);
    } finally {
      delete process.env['HASHING_TEST_SECRET'];
    }
  });

  onLinux('ends with its owner, and not on what a terminal sends to all', async () => {
    const { hashing, pid } = await open();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(pid, signal);
    expect(await hashing.verify(PASSWORD, await hashing.hash(PASSWORD))).toMatchObject({ matches: true });
    expect(hashingProcesses()).toContain(pid);
    await hashing.close();
    expect(hashingProcesses()).not.toContain(pid);
  });

  test('does not come up with parameters that Argon2 does not take', async () => {
    const before = SHOWS_PROCESSES ? hashingProcesses() : [];
    await expect(openHashing({ ...SMALL, memoryKib: 1 }, createLog('info', logFile()))).rejects.toThrow(
      /^passwords cannot be hashed: /,
    );
    if (!SHOWS_PROCESSES) return;
    await until(
      () => hashingProcesses(),
      ({ length }) => length <= before.length,
    );
    expect(hashingProcesses()).toEqual(before);
  });

  onLinux('that hangs in its start is ended, and so is the start', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'setInterval', 'nextTick', 'queueMicrotask', 'performance'] });
    try {
      const before = hashingProcesses();
      const opening = openHashing(SMALL, createLog('info', logFile()));
      const refused = expect(opening).rejects.toThrow(
        'passwords cannot be hashed: the hashing process exited with SIGKILL',
      );
      const [pid] = hashingProcesses().filter((one) => !before.includes(one));
      process.kill(pid!, 'SIGSTOP');
      jest.advanceTimersByTime(60_000);
      await refused;
      expect(hashingProcesses()).toEqual(before);
    } finally {
      jest.useRealTimers();
    }
  });

  test('hashes at the priority it has where the system allows no other', async () => {
    const forbid = `
      import os from 'node:os';
      import { syncBuiltinESMExports } from 'node:module';
      os.setPriority = () => { throw new Error('EACCES'); };
      syncBuiltinESMExports();
    `;
    const child = fork(
      join(import.meta.dirname, '../../../../src/credentials/password/hashing_process.ts'),
      [JSON.stringify(SMALL)],
      {
        execArgv: ['--import', `data:text/javascript,${encodeURIComponent(forbid)}`],
      },
    );
    try {
      const calls = callHashing(child);
      void once(child, 'exit').then(() => calls.lose(new Error('it ended')));
      const stored = await calls.hash(PASSWORD);
      expect(await calls.verify(PASSWORD, stored)).toEqual({ matches: true, upgrade: false });
    } finally {
      child.kill('SIGKILL');
    }
  });
});

describe('a hashing process that is killed', () => {
  onLinux(
    'mid-hash: that hash is refused, those that wait are done by its successor',
    async () => {
      const { hashing, pid } = await open(LONG);
      const known = await (await createHasher(SMALL)).hash(PASSWORD);
      const idle = processorTicks(pid);
      const running = hashing.hash(PASSWORD);
      const waiting = [hashing.verify(PASSWORD, known), hashing.verify('another', known)];
      const refused = expect(running).rejects.toMatchObject(overloaded);
      await until(() => processorTicks(pid) >= idle + 2);
      process.kill(pid, 'SIGKILL');
      await refused;
      // Both verify a cheap hash, and the expensive decoy with this pool's parameters.
      expect(await Promise.all(waiting)).toEqual([
        { matches: true, upgrade: true },
        { matches: false, upgrade: false },
      ]);
      expect(hashingProcesses()).not.toContain(pid);
    },
    60_000,
  );

  onLinux(
    'again and again: it is replaced again and again',
    async () => {
      const { hashing } = await open();
      const known = await hashing.hash(PASSWORD);
      for (let times = 0; times < 4; times += 1) {
        const [pid] = hashingProcesses().slice(-1);
        process.kill(pid!, 'SIGKILL');
        const verdict = await until(
          async () => {
            const answer = await hashing.verify(PASSWORD, known).catch((error: unknown) => error);
            if (answer instanceof Error) expect(answer).toMatchObject(overloaded);
            return answer;
          },
          (answer) => !(answer instanceof Error),
        );
        expect(verdict).toEqual({ matches: true, upgrade: false });
      }
    },
    60_000,
  );
});

describe('the channel', () => {
  /** A hasher that completes a call only when the test says so. */
  function slowHasher() {
    const calls: (Turn & { answer: (value: string) => void })[] = [];
    const hasher: Hasher = {
      hash: (_, turn) => new Promise((answer) => calls.push({ ...turn!, answer })),
      verify: async () => ({ matches: false, upgrade: false }),
      decoy: () => 'the decoy',
      status: async () => 'ready',
    };
    return { hasher, calls };
  }

  /** Two connected ends of a channel. */
  function pair() {
    const listeners: { message: ((message: unknown) => void)[]; disconnect: (() => void)[] }[] = [0, 1].map(() => ({
      message: [],
      disconnect: [],
    }));
    const end = (own: number) => ({
      send: (message: object, sent: (error: Error | null) => void) => {
        const text = JSON.stringify(message);
        setImmediate(() => {
          sent(null);
          listeners[1 - own]!.message.forEach((hear) => hear(JSON.parse(text)));
        });
        return true;
      },
      on: (event: 'message' | 'disconnect', listener: never) => listeners[own]![event].push(listener),
    });
    return {
      ends: [end(0), end(1)] as const,
      disconnect: (own: number) => listeners[own]!.disconnect.forEach((f) => f()),
    };
  }

  test('forwards an abort, also if the other end has gone', async () => {
    const { hasher, calls } = slowHasher();
    const { ends, disconnect } = pair();
    serveHashing(ends[0], hasher);
    const remote = callHashing(ends[1]);
    const gone = new AbortController();
    const [one, other] = [remote.hash('a', { flow: [], signal: gone.signal }), remote.hash('b')];
    expect(await remote.decoy()).toBe('the decoy');
    expect(calls.map((call) => call.signal?.aborted)).toEqual([false, false]);
    gone.abort();
    await remote.decoy();
    expect(calls.map((call) => call.signal?.aborted)).toEqual([true, false]);
    calls.forEach(({ answer }, index) => answer(`hash ${index}`));
    expect(await Promise.all([one, other])).toEqual(['hash 0', 'hash 1']);

    const lost = remote.hash('c');
    await remote.decoy();
    disconnect(0);
    expect(calls[2]!.signal?.aborted).toBe(true);
    remote.lose(new Error('gone'));
    await expect(lost).rejects.toMatchObject(overloaded);
  });

  test('hands on whose turn it is, so that the queue of all processes is fair', async () => {
    const { hasher, calls } = slowHasher();
    const { ends } = pair();
    serveHashing(ends[0], hasher);
    const remote = callHashing(ends[1]);
    void remote.hash('a', { flow: ['192.0.2.1', 'kandi'] });
    await remote.decoy();
    expect(calls.map(({ flow }) => flow)).toEqual([['192.0.2.1', 'kandi']]);
  });

  test('is not used for who has gone already', async () => {
    const { hasher, calls } = slowHasher();
    const { ends } = pair();
    serveHashing(ends[0], hasher);
    const remote = callHashing(ends[1]);
    await expect(remote.hash('a', { flow: [], signal: AbortSignal.abort() })).rejects.toMatchObject(overloaded);
    await remote.decoy();
    expect(calls).toEqual([]);
  });

  test('whose other end has gone refuses what is sent into it', async () => {
    const child = fork('-e', [''], { execArgv: [], stdio: 'ignore' });
    const remote = callHashing(child);
    await once(child, 'exit');
    await expect(remote.hash('a')).rejects.toMatchObject(overloaded);
  });
});
