import { decodeJwt } from 'jose';
import type { Client, GraphqlAnswer } from './http_client.ts';
import type { Person } from './accounts.ts';
import { latency } from './real_time.ts';
import { until } from './until.ts';

/** One request and its outcome: `200`, `503 SERVICE_UNAVAILABLE`, or the system's code without a response. */
export interface Answered {
  readonly asked: 'me' | 'refresh' | 'login';
  readonly said: string;
  readonly ms: number;
}

/** A session as its client knows it: every refresh token that the client received, in order. */
export interface Chain {
  readonly username: string;
  readonly sessionId: string;
  readonly told: string[];
  accessToken: string;
}

/** Clients that continue whatever the responses are. Each presents a refresh token until it receives the next one. */
export interface Walkers {
  readonly answered: readonly Answered[];
  readonly chains: readonly Chain[];
  /** Resolves when service is restored: each client has received this many more successors or tokens since the call. */
  walked(times: number): Promise<void>;
  /** Ends the requests, after each chain received its pending response. */
  stop(): Promise<void>;
}

export interface Crowd {
  /** Users who keep one session and refresh it. Their accounts are not changed otherwise. */
  readonly stay: readonly Person[];
  /** Users who sign in repeatedly. */
  readonly arrive?: readonly Person[];
  /** User n starts at server n. Without a response, it repeats the request at the next server. */
  readonly servers: readonly Client[];
}

/** A refused client waits, because this is normal load and not a flood. */
const BETWEEN_MS = 20;

/** Signs every user in and starts the requests. */
export async function startWalkers({ stay, arrive = [], servers }: Crowd): Promise<Walkers> {
  const answered: Answered[] = [];
  const progress = new Map<number, number>();
  let stopping = false;

  /** Returns the response; undefined if the connection ended before it. */
  async function ask<T extends GraphqlAnswer>(asked: Answered['asked'], question: () => Promise<T>) {
    const began = performance.now();
    const note = (said: string) => answered.push({ asked, said, ms: performance.now() - began });
    try {
      const answer = await question();
      note(answer.refusal === undefined ? `${answer.status}` : `${answer.status} ${answer.refusal}`);
      return answer;
    } catch (error) {
      note(String(((error as Error).cause as NodeJS.ErrnoException | undefined)?.code ?? error));
      return undefined;
    }
  }
  const advanced = (walker: number) => progress.set(walker, (progress.get(walker) ?? 0) + 1);

  async function walk(chain: Chain, walker: number): Promise<void> {
    for (let at = walker, waits = false; waits || !stopping; await latency(BETWEEN_MS)) {
      const client = servers[at % servers.length]!;
      await ask('me', () => client.me(chain.accessToken));
      const answer = await ask('refresh', () => client.refresh(chain.told.at(-1)!));
      at = answer === undefined ? at + 1 : walker;
      waits = !answer?.data;
      if (!answer?.data) {
        // A refusal is final. A user whose session ended must not keep the test waiting.
        if (answer?.status === 401) return;
        continue;
      }
      chain.accessToken = answer.data.refresh.accessToken;
      chain.told.push(answer.data.refresh.refreshToken!);
      advanced(walker);
    }
  }

  async function arriveAgain({ username, password }: Person, walker: number): Promise<void> {
    for (let at = walker; !stopping; await latency(BETWEEN_MS)) {
      const answer = await ask('login', () => servers[at % servers.length]!.tryLogin(username, password));
      at = answer === undefined ? at + 1 : walker;
      if (answer?.data) advanced(walker);
    }
  }

  const chains = await Promise.all(
    stay.map(async ({ username, password }, n): Promise<Chain> => {
      const { accessToken, refreshToken } = await servers[n % servers.length]!.login(username, password);
      return { username, sessionId: String(decodeJwt(accessToken)['sid']), told: [refreshToken], accessToken };
    }),
  );
  const walks = [...chains.map(walk), ...arrive.map((person, n) => arriveAgain(person, chains.length + n))];
  return {
    answered,
    chains,
    async walked(times) {
      const all = walks.map((_, walker) => walker);
      const goals = all.map((walker) => (progress.get(walker) ?? 0) + times);
      const behind = () => all.filter((walker) => (progress.get(walker) ?? 0) < goals[walker]!);
      const complaint = () => {
        const late = behind().length;
        return late === 0 ? '' : `${late} are not served: ${JSON.stringify(answered.slice(-all.length))}`;
      };
      await until(complaint, (text) => text === '', { patienceMs: 30_000, everyMs: BETWEEN_MS });
    },
    async stop() {
      stopping = true;
      await Promise.all(walks);
    },
  };
}

/** Counts the outcomes. */
export function tally(answered: readonly Answered[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { asked, said } of answered) counts[`${asked}: ${said}`] = (counts[`${asked}: ${said}`] ?? 0) + 1;
  return counts;
}
