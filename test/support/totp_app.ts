import { HOTP, Secret } from 'otpauth';
import { ConfirmTotpDocument, StartTotpDocument } from '../../schema/documents.ts';
import type { Person } from './accounts.ts';
import type { Instance } from './instance.ts';
import { noteSecrets } from './log_file.ts';

const STEP_MS = 30_000;

/** An authenticator app of a test. It never shows one code twice: a server accepts a step once. */
export interface TotpApp {
  readonly secret: string;
  /** Returns the code of the next unused step. */
  next(): string;
  /** Returns a code that no accepted step has. */
  wrong(): string;
}

/**
 * Creates an app that holds a secret. Each test can use three codes without waiting: those of the step before, of the
 * current one and of the next one.
 * @param clock the clock of the server; its own by default
 */
export function createTotpApp(secret: string, clock: () => number = Date.now): TotpApp {
  const codeOf = (step: number) => HOTP.generate({ secret: Secret.fromBase32(secret), counter: step });
  const currentStep = () => Math.floor(clock() / STEP_MS);
  let last = -1;
  return {
    secret,
    next() {
      last = Math.max(last + 1, currentStep() - 1);
      return codeOf(last);
    },
    wrong() {
      const near = [-2, -1, 0, 1, 2].map((drift) => codeOf(currentStep() + drift));
      return ['111111', '222222', '333333', '444444', '555555', '666666'].find((code) => !near.includes(code))!;
    },
  };
}

/** A person with an authenticator app. */
export interface Enrolled {
  readonly authenticator: TotpApp;
  readonly recoveryCodes: readonly string[];
}

/** Sets an authenticator app up with an access token of a fresh sign-in. */
export async function enrolTotp(
  { client }: Pick<Instance, 'client'>,
  token: string,
  clock?: () => number,
): Promise<Enrolled> {
  const started = await client.send(StartTotpDocument, {}, { token });
  if (!started.data) throw new Error(`startTotp: ${JSON.stringify(started.errors)}`);
  const { secret, uri } = started.data.startTotp;
  noteSecrets(secret, uri);
  const authenticator = createTotpApp(secret, clock);
  const confirmed = await client.send(ConfirmTotpDocument, { code: authenticator.next() }, { token });
  if (!confirmed.data) throw new Error(`confirmTotp: ${JSON.stringify(confirmed.errors)}`);
  const recoveryCodes = confirmed.data.confirmTotp;
  noteSecrets(...recoveryCodes, ...recoveryCodes.map((code) => code.replaceAll('-', '')));
  return { authenticator, recoveryCodes };
}

/** Signs a person in and sets an authenticator app up. */
export async function enrol(
  instance: Pick<Instance, 'client'>,
  { username, password }: Person,
  clock?: () => number,
): Promise<Enrolled & { readonly token: string }> {
  const { accessToken: token } = await instance.client.login(username, password);
  return { ...(await enrolTotp(instance, token, clock)), token };
}

/** Returns the ticket of a sign-in that waits for its second factor. */
export async function ticketOf({ client }: Pick<Instance, 'client'>, { username, password }: Person): Promise<string> {
  const { errors } = await client.tryLogin(username, password);
  const { ticket } = (errors?.[0]?.extensions ?? {}) as { ticket?: string };
  if (ticket === undefined) throw new Error(`login of ${username}: ${JSON.stringify(errors)}`);
  noteSecrets(ticket);
  return ticket;
}

/** Continues a sign-in by a second factor. */
export async function complete(
  instance: Pick<Instance, 'client'>,
  person: Person,
  factor: { readonly totp?: string | undefined; readonly recoveryCode?: string | undefined },
  ticket?: string,
): Promise<{ readonly token: string | undefined; readonly faults: readonly string[] }> {
  const { data, faults } = await instance.client.ask(
    `mutation ($ticket: String!, $totp: String, $recoveryCode: String) {
      completeLogin(ticket: $ticket, totp: $totp, recoveryCode: $recoveryCode) { accessToken }
    }`,
    { variables: { ticket: ticket ?? (await ticketOf(instance, person)), ...factor } },
  );
  const token = data?.completeLogin.accessToken as string | undefined;
  noteSecrets(token);
  return { token, faults };
}
