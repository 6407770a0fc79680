import type { Response } from 'express';
import { describe, expect, it } from '@jest/globals';
import { createInteractions, type FormFields } from '../../src/http/pages/interaction.ts';

const ORIGIN = 'https://auth.example';
const SECRETS = ['a secret of the tests, 32 bytes or more', 'the secret before it, 32 bytes or more'];
const NAME = '__Host-gatehouse_interaction~gate';
const WAITING = {
  id: 'a transaction',
  until: 1_800_000_000_000,
  request: { clientId: 'app', redirectUri: 'https://app.example/', challenge: 'c', scope: null, state: 'x' },
  person: null,
};

const interactions = createInteractions(SECRETS, `${ORIGIN}/gate`);
function open(cookie?: string, by = interactions) {
  const set: unknown[][] = [];
  const response = { cookie: (...given: unknown[]) => set.push(given) } as unknown as Response;
  const fields = by.open({ headers: { cookie } }, response, { ...WAITING, client: 'not kept' } as never);
  return { fields, name: set[0]![0], browser: set[0]![1] as string, attributes: set[0]![2], times: set.length };
}
const check = (fields: FormFields, browser: string, origin: string | null = ORIGIN, by = interactions) =>
  by.check({ headers: { cookie: `${NAME}=${browser}`, ...(origin === null ? {} : { origin }) } }, fields);
const refusal = (kind: string) => expect.objectContaining({ kind });

describe('a pending authorization', () => {
  it('returns unchanged from the form in the browser that loaded it', () => {
    const { fields, browser, name, attributes, times } = open();
    expect(check(fields, browser)).toEqual(WAITING);
    expect([name, times]).toEqual([NAME, 1]);
    expect(browser).toMatch(/^[\w-]{43}$/);
    expect(attributes).toEqual({ httpOnly: true, secure: true, sameSite: 'lax', path: '/', maxAge: 600_000 });
  });

  it('is bound to one browser, in all of its tabs', () => {
    const first = open();
    const second = open(`x=1; ${NAME}=${first.browser}`);
    expect(second.browser).toBe(first.browser);
    expect(check(first.fields, first.browser)).toEqual(check(second.fields, first.browser));
    expect(open().browser).not.toBe(first.browser);
  });

  it.each(['', 'short', `${'a'.repeat(44)}`, `${'a'.repeat(42)}`, `${'a'.repeat(42)}.`])(
    'replaces a cookie that this server did not write: %j',
    (planted) => {
      expect(open(`${NAME}=${planted}`).browser).not.toBe(planted);
    },
  );

  it('stays valid while the previous secret is configured, and not after that', () => {
    const before = open(undefined, createInteractions([SECRETS[1]!], ORIGIN));
    expect(check(before.fields, before.browser)).toEqual(WAITING);
    const gone = open(undefined, createInteractions(['another secret, of 32 bytes or more'], ORIGIN));
    expect(() => check(gone.fields, gone.browser)).toThrow(refusal('TRANSACTION'));
    const now = open();
    expect(() => check(now.fields, now.browser, ORIGIN, createInteractions([SECRETS[1]!], ORIGIN))).toThrow(
      refusal('TRANSACTION'),
    );
  });

  it.each([null, 'null', 'https://evil.example', 'http://auth.example', `${ORIGIN}/gate`, `${ORIGIN}.evil.example`])(
    'cannot be answered by a form of another origin: %s',
    (origin) => {
      const { fields, browser } = open();
      expect(() => check(fields, browser, origin)).toThrow(refusal('ORIGIN_NOT_ALLOWED'));
    },
  );

  it('cannot be answered in another browser, or without its cookie', () => {
    const { fields } = open();
    expect(() => check(fields, open().browser)).toThrow(refusal('TRANSACTION'));
    expect(() => check(fields, '')).toThrow(refusal('TRANSACTION'));
    expect(() => interactions.check({ headers: { origin: ORIGIN } }, fields)).toThrow(refusal('TRANSACTION'));
  });

  it('cannot be answered after any change of the form', () => {
    const { fields, browser } = open();
    const other = Buffer.from(JSON.stringify({ ...WAITING, until: WAITING.until + 1 })).toString('base64url');
    for (const changed of [
      { ...fields, transaction: other },
      { ...fields, transaction: '' },
      { ...fields, csrf: '' },
      { ...fields, csrf: open().fields.csrf },
      { ...fields, csrf: fields.csrf.slice(0, -2) },
    ])
      expect(() => check(changed, browser)).toThrow(refusal('TRANSACTION'));
  });
});
