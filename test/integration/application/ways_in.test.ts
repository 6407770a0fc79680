import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { personOf } from '../../../src/application/authentication/principal.ts';
import { createUseCases, type UseCases } from '../../../src/application/use_cases.ts';
import { operator } from '../../../src/cli/operator.ts';
import { Refusal } from '../../../src/kernel/errors.ts';
import type { RequestInfo } from '../../../src/kernel/request_info.ts';
import { type Authenticator, createAuthenticator } from '../../support/authenticator.ts';
import { noteSecrets } from '../../support/log_file.ts';
import { openEmbeddedServices } from '../../support/open_stores.ts';
import { createTotpApp, type TotpApp } from '../../support/totp_app.ts';

const ORIGIN = 'https://auth.example';
const BROWSER: RequestInfo = { address: '192.0.2.1', userAgent: 'Firefox', requestId: 'ways-in' };
const PASSWORD = 'the password of the ways in';
const SEQUENCES = 25;
const STEPS = 14;
const STEP_MS = 30_000;

let now = Math.floor(Date.now() / STEP_MS) * STEP_MS;
let services: Awaited<ReturnType<typeof openEmbeddedServices>>;
let use: UseCases;
beforeAll(async () => {
  services = await openEmbeddedServices(() => now);
  use = createUseCases(services);
  noteSecrets(PASSWORD);
});
afterAll(() => services.close());

/** An account as the sequence left it. */
interface Ways {
  readonly username: string;
  password: boolean;
  totp: TotpApp | null;
  codes: readonly string[];
  passkeys: { readonly id: string; readonly authenticator: Authenticator }[];
}

const isKept = ({ password, passkeys, codes }: Ways) =>
  password || passkeys.length > 1 || (passkeys.length === 1 && codes.length > 0);
const hasSecondFactor = ({ totp, passkeys }: Ways) => totp !== null || passkeys.length > 0;

async function byPasskey(authenticator: Authenticator): Promise<string> {
  const { challenge, options } = await use.passkeyLogin.start(null);
  const response = await authenticator.get(options as never, ORIGIN);
  return (await use.passkeyLogin.login({ challenge, response }, BROWSER)).accessToken;
}

/** Signs in as the user can, by whatever there is, and returns the access token. */
async function signIn({ username, password, totp, codes, passkeys }: Ways): Promise<string> {
  const passkey = passkeys.at(-1);
  if (passkey) return byPasskey(passkey.authenticator);
  if (!password) throw new Error('no way into the account');
  try {
    return (await use.login({ username, password: PASSWORD }, BROWSER)).accessToken;
  } catch (error) {
    const ticket = (error as Refusal).nextStep()?.ticket;
    if (!ticket) throw error;
    // A code counts once in its half minute.
    now += STEP_MS;
    const factor = { kind: 'totp', code: totp!.next() } as const;
    expect(codes.length).toBeGreaterThan(0);
    return (await use.completeLogin({ ticket, clientId: null, factor }, BROWSER)).accessToken;
  }
}

const principalOf = async (ways: Ways) => personOf(await use.authenticate([`Bearer ${await signIn(ways)}`]));

/** The fields that a refusal names; undefined if the step succeeded. */
const refused = async (step: Promise<unknown>) =>
  step.then(
    () => undefined,
    (error: unknown) => {
      if (!(error instanceof Refusal)) throw error;
      return error.fields?.map(({ code }) => code).join();
    },
  );

type Step = (ways: Ways, pick: (below: number) => number) => Promise<void>;

const STEP: Readonly<Record<string, Step>> = {
  async 'add a passkey'(ways) {
    const principal = await principalOf(ways);
    const authenticator = createAuthenticator();
    const { challenge, options } = await use.passkeys.start(principal, BROWSER);
    const response = await authenticator.create(options as never, ORIGIN);
    const { id } = await use.passkeys.add(principal, { challenge, name: 'One', response }, BROWSER);
    ways.passkeys.push({ id, authenticator });
  },

  async 'remove a passkey'(ways, pick) {
    if (ways.passkeys.length === 0) return;
    const at = pick(ways.passkeys.length);
    const after = { ...ways, passkeys: ways.passkeys.toSpliced(at, 1) };
    if (!hasSecondFactor(after)) after.codes = [];
    const result = await refused(use.passkeys.remove(await principalOf(ways), ways.passkeys[at]!.id, BROWSER));
    expect(result).toBe(isKept(after) ? undefined : 'LAST_WAY_IN');
    if (isKept(after)) Object.assign(ways, after);
  },

  async 'remove the password'(ways) {
    const after = { ...ways, password: false };
    const result = await refused(use.removePassword(await principalOf(ways), BROWSER));
    expect(result).toBe(isKept(after) ? undefined : 'LAST_WAY_IN');
    if (isKept(after)) ways.password = false;
  },

  async 'set the password again'(ways) {
    await use.accounts.setPassword(ways.username, PASSWORD, operator());
    ways.password = true;
  },

  async 'set up an authenticator app'(ways) {
    const principal = await principalOf(ways);
    const { secret } = await use.totp.start(principal, BROWSER);
    const app = createTotpApp(secret, () => now);
    ways.codes = await use.totp.confirm(principal, app.next(), BROWSER);
    ways.totp = app;
    noteSecrets(secret, ...ways.codes);
  },

  async 'remove the authenticator app'(ways) {
    const after = { ...ways, totp: null };
    if (!hasSecondFactor(after)) after.codes = [];
    if (ways.totp === null) return;
    expect(await refused(use.totp.remove(await principalOf(ways), BROWSER))).toBeUndefined();
    Object.assign(ways, after);
  },

  async 'renew the recovery codes'(ways) {
    const principal = await principalOf(ways);
    if (!hasSecondFactor(ways)) return;
    ways.codes = await use.renewRecoveryCodes(principal, BROWSER);
    noteSecrets(...ways.codes);
  },
};

/** A small generator of numbers, the same for each seed. */
function numbers(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761 + 1;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    return state % below;
  };
}

it.each(Array.from({ length: SEQUENCES }, (_, seed) => seed))(
  'no sequence of changes leaves an account without a way in: %i',
  async (seed) => {
    const pick = numbers(seed);
    const username = `ways.${seed}`;
    await use.accounts.create(
      { username, password: PASSWORD, email: `${username}@example.com`, role: 'user' },
      operator(),
    );
    const ways: Ways = { username, password: true, totp: null, codes: [], passkeys: [] };
    const names = Object.keys(STEP);
    for (let count = 0; count < STEPS; count += 1) {
      now += STEP_MS;
      const name = names[pick(names.length)]!;
      await STEP[name]!(ways, pick);
      expect(isKept(ways)).toBe(true);
      await expect(signIn(ways)).resolves.toEqual(expect.any(String));
      if (!ways.password) {
        await expect(use.login({ username, password: PASSWORD }, BROWSER)).rejects.toMatchObject({
          kind: 'INCORRECT_LOGIN',
        });
        await services.attempts.clear(username);
      }
    }
  },
);
