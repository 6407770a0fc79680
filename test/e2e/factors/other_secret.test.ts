import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLog } from '../../../src/kernel/log.ts';
import { createUser, type Person } from '../../support/accounts.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { logFile } from '../../support/log_file.ts';
import { complete, type Enrolled, enrol } from '../../support/totp_app.ts';

const OLD = 'the secret of the tests before, 32 bytes or more';
const NEW = 'the secret of the tests after, 32 bytes or more';
const CLOSED = 'authenticator apps cannot sign in';

describe('an authenticator app after JWT_SECRET_KEY was replaced', () => {
  const lines: string[] = [];
  const said = (words: string) => lines.some((line) => line.includes(words));
  let before: Instance;
  let kandi: Person;
  let enrolled: Enrolled;
  beforeAll(async () => {
    const file = logFile();
    const log = createLog('trace', {
      write(line) {
        lines.push(line);
        file.write(line);
      },
    });
    before = await startInstance({ log, env: { JWT_SECRET_KEY: OLD } });
    kandi = await createUser(before);
    enrolled = await enrol(before, kandi);
  });
  afterAll(() => before.close());

  it('signs in while the old secret is the previous one', async () => {
    const both = await before.replica({ JWT_SECRET_KEY: NEW, JWT_SECRET_KEY_PREVIOUS: OLD });
    try {
      expect((await complete(both, kandi, { totp: enrolled.authenticator.next() })).token).toBeDefined();
      expect(said(CLOSED)).toBe(false);
    } finally {
      await both.stop();
    }
  });

  it('cannot sign in with the new secret alone: the start says so, and recovery codes work', async () => {
    const alone = await before.replica({ JWT_SECRET_KEY: NEW });
    try {
      expect(lines.find((line) => line.includes(CLOSED))).toContain('"accounts":1');
      const refused = await complete(alone, kandi, { totp: enrolled.authenticator.next() });
      expect(refused.token).toBeUndefined();
      const recovered = await complete(alone, kandi, { recoveryCode: enrolled.recoveryCodes[0] });
      expect(recovered.token).toBeDefined();
    } finally {
      await alone.stop();
    }
  });
});
