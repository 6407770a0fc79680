import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { longestTokenOfClient, longestTokenOfRole } from '../../../src/tokens/token_size.ts';
import { ConfigurationError, lineOf, readConfig } from '../../../src/config/config.ts';
import { LONGEST_SCOPE, LONGEST_TOKEN } from '../../../src/kernel/token_limits.ts';
import { createSigningKeys } from '../../../src/application/foundation/signing_keys.ts';
import { createAccessTokens } from '../../../src/tokens/access_token.ts';
import { openKeys } from '../../../src/keys/keys.ts';
import { startInstance } from '../../support/instance.ts';
import { openStores, type OpenStores, SECRET } from '../../support/open_stores.ts';

const ALGORITHMS = ['HS256', 'RS256', 'ES256', 'EdDSA'] as const;
const FORM = { issuer: 'https://auth.example/a/path', audience: 'the-audience' };
const NAME = 'x'.repeat(64);
/** The longest authentication. */
const PROVEN = { authTime: 1_000_000_000, amr: ['pwd', 'otp', 'hwk', 'user', 'mfa'], acr: 'urn:gatehouse:acr:2' };
const SID = 'd9cb8f3c-6b1c-4b57-9a55-0f3a8e9d6b11';
const scopesOf = (characters: number): string[] => {
  const names = Array.from({ length: Math.ceil(characters / 50) }, (_, at) => `${at}`.padStart(49, 'scope:'));
  return names.join(' ').slice(0, characters).trimEnd().split(' ');
};

describe('the longest access token', () => {
  let open: OpenStores;
  beforeAll(async () => {
    open = await openStores();
  });
  afterAll(() => open.close());

  const tokensOf = async (algorithm: (typeof ALGORITHMS)[number]) => {
    const clock = Date.now;
    await createSigningKeys({ database: open.database, clock }, { secrets: [SECRET], algorithm }).prepare();
    const keys = await openKeys(open.database, { secrets: [SECRET], algorithm }, clock);
    const tokens = createAccessTokens(keys, { ...FORM, accessTokenSeconds: 1800 }, clock);
    return async (subject: Parameters<typeof tokens.issue>[0]) =>
      (await tokens.issue(subject, new Date(), new Date(Date.now() + 86_400_000))).token.length;
  };

  it.each(ALGORITHMS)('is as long for %s as the configuration calculates', async (algorithm) => {
    const sign = await tokensOf(algorithm);
    const form = { ...FORM, algorithm };
    for (const scopes of [[], ['account'], scopesOf(1500)]) {
      const scope = scopes.join(' ');
      const subject = {
        sub: NAME,
        role: 'auditor',
        sid: SID,
        scope,
        narrowed: true as const,
        clientId: NAME,
        ...PROVEN,
      };
      const reckoned = longestTokenOfRole('auditor', scopes, form);
      const signed = await sign(subject);
      // A token omits an empty scope.
      expect({ scope, bytes: signed + (scope === '' ? lengthOfEmptyScope(signed, reckoned) : 0) }).toEqual({
        scope,
        bytes: reckoned,
      });
    }
    const everything = `* ${'x'.repeat(LONGEST_SCOPE)}`;
    const all = {
      sub: NAME,
      role: 'admin',
      sid: SID,
      scope: everything,
      narrowed: true as const,
      clientId: NAME,
      ...PROVEN,
    };
    expect(await sign(all)).toBe(longestTokenOfRole('admin', ['*'], form));
    const machine = { sub: `client:${NAME}`, scope: 'x'.repeat(LONGEST_SCOPE), clientId: NAME };
    expect(await sign(machine)).toBe(longestTokenOfClient(form));
  });

  const lengthOfEmptyScope = (signed: number, reckoned: number) => {
    expect(reckoned - signed).toBeGreaterThanOrEqual(0);
    expect(reckoned - signed).toBeLessThan(24);
    return reckoned - signed;
  };
});

describe('ROLES', () => {
  const env = { JWT_SECRET_KEY: SECRET, JWT_ISSUER: FORM.issuer, JWT_AUDIENCE: FORM.audience };
  const faultsOf = (more: Record<string, string>): readonly string[] => {
    try {
      readConfig({ ...env, ...more });
      return [];
    } catch (error) {
      return (error as ConfigurationError).faults.map(lineOf);
    }
  };
  /** Returns the scopes of the longest role that fits, and of one with one character more. */
  const roomOf = (algorithm: (typeof ALGORITHMS)[number], everything: readonly string[] = []) => {
    const reckon = (count: number) =>
      longestTokenOfRole('wide', [...everything, 'x'.repeat(count)], { ...FORM, algorithm });
    let count = 1;
    while (reckon(count + 1) <= LONGEST_TOKEN) count += 1;
    return count;
  };
  const rolesOf = (scopes: readonly string[]) => JSON.stringify({ admin: ['*'], user: ['account'], wide: scopes });

  it.each(ALGORITHMS)('whose tokens would not fit are refused, with the role and the number, for %s', (algorithm) => {
    const fits = roomOf(algorithm);
    expect(faultsOf({ ALGORITHM: algorithm, ROLES: rolesOf(['x'.repeat(fits)]) })).toEqual([]);
    const [fault, ...more] = faultsOf({ ALGORITHM: algorithm, ROLES: rolesOf(['x'.repeat(fits + 1)]) });
    expect(more).toEqual([]);
    expect(fault).toMatch(/^ROLES: .*\bwide\b.*\b409[78]\b.*\b4096\b/);
  });

  it('are all reported, beside every other fault', () => {
    const long = [['x'.repeat(2000), 'y'.repeat(2000)], ['x'.repeat(4000)]];
    const roles = { admin: ['*'], user: ['account'], one: long[0], two: long[1] };
    const faults = faultsOf({ PORT: 'x', ROLES: JSON.stringify(roles), LOG_LEVEL: 'loud' });
    expect(faults.map((fault) => fault.split(':')[0])).toEqual(expect.arrayContaining(['LOG_LEVEL', 'PORT']));
    // Without JWT_ISSUER, PORT is part of the issuer; here it is set.
    expect(
      faultsOf({ ROLES: JSON.stringify(roles), LOG_LEVEL: 'loud' }).map((fault) => /^\w+|role \w+/g.exec(fault)![0]),
    ).toEqual(expect.arrayContaining(['LOG_LEVEL', 'ROLES', 'ROLES']));
  });

  it('with everything leave room for what may be asked for beside it', () => {
    const fits = roomOf('HS256', ['*']);
    expect(roomOf('HS256') - fits).toBeGreaterThan(LONGEST_SCOPE);
    expect(faultsOf({ ROLES: rolesOf(['*', 'x'.repeat(fits)]) })).toEqual([]);
    expect(faultsOf({ ROLES: rolesOf(['*', 'x'.repeat(fits + 1)]) })).toEqual([expect.stringMatching(/^ROLES: /)]);
  });

  it.each([
    ['JWT_ISSUER', { JWT_ISSUER: `https://auth.example/${'x'.repeat(3000)}` }],
    ['JWT_ISSUER', { JWT_AUDIENCE: 'x'.repeat(3000) }],
    ['PUBLIC_URL', { JWT_ISSUER: '', PUBLIC_URL: `https://auth.example/${'x'.repeat(3000)}` }],
  ])('are not blamed for the length of %s', (name, more) => {
    expect(faultsOf(more)).toEqual([expect.stringMatching(new RegExp(`^${name}: .*\\b4096\\b`))]);
  });

  it('are accepted at the limit, and sign their users in on both routes, with an app too', async () => {
    const issuer = FORM.issuer;
    const scopes = ['account', 'x'.repeat(roomOf('ES256') - 'account '.length)];
    const gatehouse = await startInstance({
      env: { ...env, JWT_ISSUER: issuer, ALGORITHM: 'ES256', ROLES: rolesOf(scopes) },
    });
    try {
      const { client, admin } = gatehouse;
      const { accessToken } = await client.login(admin.username, admin.password);
      const person = { username: NAME, password: 'the password of a long name', role: 'wide' };
      const made = await client.ask('mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }', {
        token: accessToken,
        variables: { input: { ...person, email: 'long@example.com' } },
      });
      expect(made.errors).toBeUndefined();
      const token = (await client.login(person.username, person.password)).accessToken;
      // Everything except the client's id and the methods of a second factor, which such a token does not have.
      expect(token.length).toBeGreaterThan(LONGEST_TOKEN - 200);
      expect((await client.me(token)).refusal).toBeUndefined();
      const rest = await fetch(`${gatehouse.url}/users/me`, { headers: { authorization: `Bearer ${token}` } });
      expect(rest.status).toBe(200);
    } finally {
      await gatehouse.close();
    }
  });
});
