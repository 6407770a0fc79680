import { randomBytes } from 'node:crypto';
import { assertionOptions, readAssertion, verifyAssertion } from '../src/credentials/webauthn/assertion.ts';
import { readRegistration, registrationOptions, verifyRegistration } from '../src/credentials/webauthn/registration.ts';
import type { RelyingParty } from '../src/credentials/webauthn/relying_party.ts';
import { type Algorithm, createAuthenticator } from '../test/support/authenticator.ts';
import type { Benchmark } from './support/bench.ts';
import { atMost, type Figure, figure } from './support/figure.ts';
import { percentile99 } from './support/statistics.ts';

const ORIGIN = 'https://auth.example.com';
const RP: RelyingParty = { id: 'example.com', origins: [ORIGIN], related: [] };
const ALGORITHMS: readonly Algorithm[] = ['ES256', 'EdDSA', 'RS256'];
const SIGN_INS = 500;

/** Measures the verification of a passkey in this process: what a sign-in costs beside its statements. */
export const passkeys: Benchmark = async ({ pace }) => {
  const figures: Figure[] = [];
  for (const algorithm of ALGORITHMS) {
    const signIn = await enrol(algorithm);
    await repeat(signIn);
    const rounds: number[] = [];
    for (let round = 0; round < pace.rounds; round += 1) rounds.push(percentile99(await repeat(signIn)));
    figures.push(figure(`passkey verification (${algorithm}), p99`, rounds, { unit: ' ms', wanted: atMost(5, ' ms') }));
  }
  return figures;
};

async function repeat(signIn: () => Promise<number>): Promise<number[]> {
  const times: number[] = [];
  for (let count = 0; count < SIGN_INS; count += 1) times.push(await signIn());
  return times;
}

/** Enrols a passkey, and returns a function that signs in with it and returns the milliseconds of the verification. */
async function enrol(algorithm: Algorithm): Promise<() => Promise<number>> {
  const challenge = () => randomBytes(100).toString('base64url');
  const authenticator = createAuthenticator({ algorithm, synced: true });
  const handle = randomBytes(64);
  const owner = { handle, username: 'bench', fullName: null, passkeys: [] };
  const created = await authenticator.create(await registrationOptions(RP, challenge(), owner), ORIGIN);
  const passkey = await verifyRegistration(RP, readRegistration(RP, created));
  return async () => {
    const response = await authenticator.get(await assertionOptions(RP, challenge(), null), ORIGIN);
    const began = performance.now();
    await verifyAssertion(RP, readAssertion(RP, response), { passkey, handle, named: false });
    return performance.now() - began;
  };
}
