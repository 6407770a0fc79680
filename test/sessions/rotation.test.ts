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
/** The family of one session, of which the fourth token is current. */
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
  /** Without retries: what used to be the only rule. */
  readonly retrySeconds?: number;
}
const verdict = ({ token, by = HERE, seconds = 1, session, retrySeconds = RETRY }: Shown) =>
  judgeRotation(row(session), token, {
    presenter: by,
    at: new Date(ROTATED.getTime() + seconds * 1000),
    times: { graceSeconds: GRACE, retrySeconds },
  });

describe('a refresh token is', () => {
  it.each<[string, string, Shown]>([
    ['current', 'the latest', { token: current }],
    ['current', 'the latest, from anywhere', { token: current, by: ELSEWHERE, seconds: 86_400 }],
    ['current', 'the latest, made under a secret that is gone', { token: forged(current) }],
    [
      'current',
      'the first, before any was replaced',
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
    ['unknown', 'another of the same generation', { token: ours.mint(ID, 3) }],
    ['unknown', 'of a generation that was never given out', { token: next }],
    ['unknown', 'of a generation far ahead', { token: ours.mint(ID, 400) }],
    ['unknown', 'forged, of a generation before', { token: forged(grandparent) }],
    ['unknown', 'forged, of the generation before', { token: forged(ours.mint(ID, 2)) }],
    ['repeated', 'the one before, within the grace', { token: parent }],
    ['repeated', 'the one before, at the last moment of the grace', { token: parent, seconds: GRACE - 0.001 }],
    ['repeated', 'the one before, made under a secret that is gone', { token: forged(parent) }],
    ['repeated', 'the one before, on another network', { token: parent, by: { ...ELSEWHERE, agent: AGENT } }],
    ['repeated', 'the one before, by another agent', { token: parent, by: { ...ELSEWHERE, address: HERE.address } }],
    ['repeated', 'the one before, by the server of the page', { token: parent, by: ELSEWHERE }],
    ['repeated', 'the one before, without retries, from elsewhere', { token: parent, by: ELSEWHERE, retrySeconds: 0 }],
    ['retried', 'the one before, when the grace is over', { token: parent, seconds: GRACE }],
    ['retried', 'the one before, at the last moment of the retries', { token: parent, seconds: RETRY - 0.001 }],
    [
      'retried',
      'the one before, on another network',
      { token: parent, seconds: 60, by: { ...ELSEWHERE, agent: AGENT } },
    ],
    [
      'retried',
      'the one before, by another agent',
      { token: parent, seconds: 60, by: { address: HERE.address, agent: ELSEWHERE.agent } },
    ],
    ['retried', 'the one before, whose successor is not kept', { token: parent, session: { sealedSuccessor: null } }],
    [
      'retried',
      'the one before, retried just now, for the second time in an hour',
      { token: parent, seconds: 60, session: { parentUsedAt: new Date(ROTATED.getTime() - (RETRY - 61) * 1000) } },
    ],
    [
      'doubtful',
      'the one before, retried just now, and first used too long ago',
      { token: parent, seconds: 60, session: { parentUsedAt: new Date(ROTATED.getTime() - (RETRY - 60) * 1000) } },
    ],
    ['doubtful', 'the one before, when the retries are over', { token: parent, seconds: RETRY }],
    ['doubtful', 'the one before, from elsewhere, after the grace', { token: parent, seconds: GRACE, by: ELSEWHERE }],
    [
      'doubtful',
      'the one before, from elsewhere, without an agent',
      { token: parent, seconds: GRACE, by: { ...ELSEWHERE, agent: null } },
    ],
    [
      'doubtful',
      'the one before, from elsewhere, of a session without an agent',
      { token: parent, seconds: GRACE, by: ELSEWHERE, session: { rotatedByAgent: null } },
    ],
    [
      'doubtful',
      'the one before, from elsewhere, without an agent either time',
      { token: parent, seconds: GRACE, by: { ...ELSEWHERE, agent: null }, session: { rotatedByAgent: null } },
    ],
    ['doubtful', 'the one before, of a row without a time', { token: parent, session: { rotatedAt: null } }],
    ['stolen', 'the one before, without retries, after the grace', { token: parent, seconds: GRACE, retrySeconds: 0 }],
    [
      'stolen',
      'the successor of a parent that was retried',
      { token: current, session: { generation: 4, tokenDigest: next.digest } },
    ],
    [
      'retried',
      'a parent that was retried',
      { token: parent, seconds: GRACE, session: { generation: 4, tokenDigest: next.digest } },
    ],
    ['retried', 'the one before, made under a secret that is gone', { token: forged(parent), seconds: GRACE }],
    ['stolen', 'two before, within the grace', { token: grandparent }],
    ['stolen', 'the very first', { token: first, seconds: 86_400 }],
    ['stolen', 'genuine, of the generation before, though it is not the parent', { token: ours.mint(ID, 2) }],
  ])('%s: %s', (expected, _which, shown) => {
    expect(verdict(shown)).toBe(expected);
  });
});

describe('the text of a refresh token', () => {
  const token = ours.mint(ID, 7);

  it('says what it was made for', () => {
    expect(ours.parse(token.text)).toEqual(token);
    expect(token).toMatchObject({ sessionId: ID, generation: 7, genuine: true });
    expect(ours.mint(ID, 0xffffffff).generation).toBe(ours.parse(ours.mint(ID, 0xffffffff).text)?.generation);
  });

  it('is never the same twice', () => {
    expect(ours.mint(ID, 7).text).not.toBe(token.text);
  });

  it('is genuine under any secret that is in use, and under no other', () => {
    const both = createRefreshTokens(['a new secret of the tests, 32 bytes', 'another secret, of 32 bytes or more']);
    expect(both.parse(theirs.mint(ID, 7).text)?.genuine).toBe(true);
    expect(theirs.parse(both.mint(ID, 7).text)?.genuine).toBe(false);
    expect(ours.parse(theirs.mint(ID, 7).text)).toMatchObject({ sessionId: ID, generation: 7, genuine: false });
  });

  it('is not genuine where any byte was changed, and always another token', () => {
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
    ['one character less', token.text.slice(0, -1)],
    ['one character more', `${token.text}A`],
    ['a blank behind it', `${token.text} `],
    ['a line break behind it', `${token.text}\n`],
    ['a blank before it', ` ${token.text}`],
    ['padding', `${token.text}=`],
    ['a sign of another alphabet', `${token.text.slice(0, -1)}+`],
    ['another version', `B${token.text.slice(1)}`],
  ])('is none with %s', (_what, text) => {
    expect(ours.parse(text)).toBeNull();
  });

  it('has one spelling, though its last character has bits to spare', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const spellings = [...alphabet].map((last) => token.text.slice(0, -1) + last);
    const same = spellings.filter((text) =>
      Buffer.from(text, 'base64url').equals(Buffer.from(token.text, 'base64url')),
    );
    expect(same.filter((text) => ours.parse(text) !== null)).toEqual([token.text]);
  });
});
