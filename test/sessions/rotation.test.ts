import { describe, expect, it } from '@jest/globals';
import { createRefreshTokens, type RefreshToken } from '../../src/sessions/refresh_token.ts';
import { judgeRotation, type Presenter } from '../../src/sessions/rotation.ts';
import type { Session } from '../../src/sessions/session.entity.ts';

const ID = '0189f7ea-ae2c-7809-8aeb-b819cf5e9e7f';
const ROTATED = new Date('2030-01-01T00:00:00Z');
const AGENT = Buffer.alloc(32, 1);
const HERE: Presenter = { address: '192.0.2.1', agent: AGENT };
const ELSEWHERE: Presenter = { address: '198.51.100.1', agent: Buffer.alloc(32, 2) };
const GRACE = 10;
const RETRY = 3600;

const ours = createRefreshTokens(['a secret of the tests, 32 bytes or more']);
const theirs = createRefreshTokens(['another secret, of 32 bytes or more']);
/** The tokens of one session. The fourth one is current. */
const family = Array.from({ length: 5 }, (_, generation) => ours.mint(ID, generation));
const [first, grandparent, parent, current, next] = family as [
  RefreshToken,
  RefreshToken,
  RefreshToken,
  RefreshToken,
  RefreshToken,
];
const forged = (token: RefreshToken): RefreshToken => ({ ...token, genuine: false });

const row = (more: Partial<Session> = {}) =>
  ({
    id: ID,
    generation: 3,
    tokenDigest: current.digest,
    parentDigest: parent.digest,
    sealedSuccessor: Buffer.from('sealed'),
    rotatedAt: ROTATED,
    rotatedByAddress: HERE.address,
    rotatedByAgent: AGENT,
    ...more,
  }) as Session;

interface Shown {
  readonly token: RefreshToken;
  readonly by?: Presenter;
  readonly seconds?: number;
  readonly session?: Partial<Session>;
  /** Set to 0 to turn retries off. */
  readonly retrySeconds?: number;
}
const verdict = ({ token, by = HERE, seconds = 1, session, retrySeconds = RETRY }: Shown) =>
  judgeRotation(row(session), token, {
    presenter: by,
    at: new Date(ROTATED.getTime() + seconds * 1000),
    times: { graceSeconds: GRACE, retrySeconds },
  });

describe('judges a refresh token as', () => {
  it.each<[string, string, Shown]>([
    ['current', 'the current one', { token: current }],
    ['current', 'the current one, from elsewhere, a day later', { token: current, by: ELSEWHERE, seconds: 86_400 }],
    ['current', 'the current one, made with a removed secret', { token: forged(current) }],
    [
      'current',
      'the first one, before any rotation',
      {
        token: first,
        session: {
          generation: 0,
          tokenDigest: first.digest,
          parentDigest: null,
          sealedSuccessor: null,
          rotatedAt: null,
        },
      },
    ],
    ['unknown', 'another one of the current generation', { token: ours.mint(ID, 3) }],
    ['unknown', 'one of a generation that was never issued', { token: next }],
    ['unknown', 'one of a generation far ahead', { token: ours.mint(ID, 400) }],
    ['unknown', 'a forged one of an older generation', { token: forged(grandparent) }],
    ['unknown', "a forged one of the parent's generation", { token: forged(ours.mint(ID, 2)) }],
    ['repeated', 'the parent, within the grace', { token: parent }],
    ['repeated', 'the parent, at the last moment of the grace', { token: parent, seconds: GRACE - 0.001 }],
    ['repeated', 'the parent, made with a removed secret', { token: forged(parent) }],
    ['repeated', 'the parent, from another address', { token: parent, by: { ...ELSEWHERE, agent: AGENT } }],
    ['repeated', 'the parent, from another user agent', { token: parent, by: { ...ELSEWHERE, address: HERE.address } }],
    ['repeated', 'the parent, from another address and user agent', { token: parent, by: ELSEWHERE }],
    ['repeated', 'the parent, from elsewhere, with retries off', { token: parent, by: ELSEWHERE, retrySeconds: 0 }],
    ['retried', 'the parent, when the grace is over', { token: parent, seconds: GRACE }],
    ['retried', 'the parent, at the last moment for retries', { token: parent, seconds: RETRY - 0.001 }],
    [
      'retried',
      'the parent, after the grace, from another address',
      { token: parent, seconds: 60, by: { ...ELSEWHERE, agent: AGENT } },
    ],
    [
      'retried',
      'the parent, after the grace, from another user agent',
      { token: parent, seconds: 60, by: { address: HERE.address, agent: ELSEWHERE.agent } },
    ],
    ['retried', 'the parent, whose successor is not stored', { token: parent, session: { sealedSuccessor: null } }],
    [
      'retried',
      'the parent, on its second retry within the time for retries',
      { token: parent, seconds: 60, session: { parentUsedAt: new Date(ROTATED.getTime() - (RETRY - 61) * 1000) } },
    ],
    [
      'doubtful',
      'the parent, retried just now, but first used too long ago',
      { token: parent, seconds: 60, session: { parentUsedAt: new Date(ROTATED.getTime() - (RETRY - 60) * 1000) } },
    ],
    ['doubtful', 'the parent, when the time for retries is over', { token: parent, seconds: RETRY }],
    ['doubtful', 'the parent, after the grace, from elsewhere', { token: parent, seconds: GRACE, by: ELSEWHERE }],
    [
      'doubtful',
      'the parent, from elsewhere, without a user agent',
      { token: parent, seconds: GRACE, by: { ...ELSEWHERE, agent: null } },
    ],
    [
      'doubtful',
      'the parent, from elsewhere, of a session without a user agent',
      { token: parent, seconds: GRACE, by: ELSEWHERE, session: { rotatedByAgent: null } },
    ],
    [
      'doubtful',
      'the parent, from elsewhere, without a user agent both times',
      { token: parent, seconds: GRACE, by: { ...ELSEWHERE, agent: null }, session: { rotatedByAgent: null } },
    ],
    ['doubtful', 'the parent, of a row without a time of rotation', { token: parent, session: { rotatedAt: null } }],
    ['stolen', 'the parent, after the grace, with retries off', { token: parent, seconds: GRACE, retrySeconds: 0 }],
    [
      'stolen',
      'the unused successor of a parent that was retried',
      { token: current, session: { generation: 4, tokenDigest: next.digest } },
    ],
    [
      'retried',
      'a parent, retried again',
      { token: parent, seconds: GRACE, session: { generation: 4, tokenDigest: next.digest } },
    ],
    ['retried', 'the parent, after the grace, made with a removed secret', { token: forged(parent), seconds: GRACE }],
    ['stolen', 'the grandparent, within the grace', { token: grandparent }],
    ['stolen', 'the first one, a day later', { token: first, seconds: 86_400 }],
    ['stolen', "a genuine one of the parent's generation that is not the parent", { token: ours.mint(ID, 2) }],
  ])('%s: %s', (expected, _which, shown) => {
    expect(verdict(shown)).toBe(expected);
  });
});

describe('the text of a refresh token', () => {
  const token = ours.mint(ID, 7);

  it('contains session and generation', () => {
    expect(ours.parse(token.text)).toEqual(token);
    expect(token).toMatchObject({ sessionId: ID, generation: 7, genuine: true });
    expect(ours.mint(ID, 0xffffffff).generation).toBe(ours.parse(ours.mint(ID, 0xffffffff).text)?.generation);
  });

  it('is unique', () => {
    expect(ours.mint(ID, 7).text).not.toBe(token.text);
  });

  it('is genuine only under a secret in use', () => {
    const both = createRefreshTokens(['a new secret of the tests, 32 bytes', 'another secret, of 32 bytes or more']);
    expect(both.parse(theirs.mint(ID, 7).text)?.genuine).toBe(true);
    expect(theirs.parse(both.mint(ID, 7).text)?.genuine).toBe(false);
    expect(ours.parse(theirs.mint(ID, 7).text)).toMatchObject({ sessionId: ID, generation: 7, genuine: false });
  });

  it('is not genuine after a change of any byte', () => {
    const bytes = Buffer.from(token.text, 'base64url');
    for (let at = 1; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      const parsed = ours.parse(changed.toString('base64url'));
      expect([parsed?.genuine, parsed?.digest.equals(token.digest)]).toEqual([false, false]);
    }
  });

  it.each<[string, string]>([
    ['nothing', ''],
    ['one character missing', token.text.slice(0, -1)],
    ['one character more', `${token.text}A`],
    ['a trailing blank', `${token.text} `],
    ['a trailing line break', `${token.text}\n`],
    ['a leading blank', ` ${token.text}`],
    ['padding', `${token.text}=`],
    ['a character of plain base64', `${token.text.slice(0, -1)}+`],
    ['another version', `B${token.text.slice(1)}`],
  ])('is rejected with %s', (_what, text) => {
    expect(ours.parse(text)).toBeNull();
  });

  it('has only one valid spelling, although its last character has unused bits', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const spellings = [...alphabet].map((last) => token.text.slice(0, -1) + last);
    const same = spellings.filter((text) =>
      Buffer.from(text, 'base64url').equals(Buffer.from(token.text, 'base64url')),
    );
    expect(same.filter((text) => ours.parse(text) !== null)).toEqual([token.text]);
  });
});
