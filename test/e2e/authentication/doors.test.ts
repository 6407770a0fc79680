/**
 * Loads the server into jest's modules: the test moves the server's clock.
 * @jest-environment node
 */
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { describeOnStores, type Instance, startInstance } from '../../support/instance.ts';
import { adminToken, createUser, type Person } from '../../support/accounts.ts';
import { processTime, redisTime, type Time } from '../../support/time.ts';

/** The outcome of a sign-in, which must be equal at every door in whatever form it comes. */
type Answer = 'signed in' | 'incorrect' | { readonly limited: number };

interface Guess extends Person {
  readonly address: string;
}

interface Door {
  readonly name: string;
  signIn(guess: Guess): Promise<Answer>;
}

const RUNS = Number(process.env['DOOR_RUNS'] ?? 12);
/** Attempts after each scenario: right, wrong, and one too many within the delay. */
const ALWAYS = [
  { who: 'person' as const, right: true, from: 0 },
  ...Array.from({ length: 6 }, () => ({ who: 'nobody' as const, right: false, from: 0 })),
];
const REDIRECT = 'https://app.example.com/callback';

/** Runs the same scenarios at three doors, each with its own accounts and addresses, and so its own limits. */
describeOnStores('GraphQL, the form and the page', (stores) => {
  let gatehouse: Instance;
  let doors: readonly Door[];
  let time: Time;
  let clientId: string;
  beforeAll(async () => {
    gatehouse = await startInstance({ stores, env: { TRUST_PROXY: '127.0.0.1', LOGIN_LIMIT_PER_IP: '14' } });
    clientId = await registerClient(gatehouse);
    doors = [graphqlDoor(gatehouse), formDoor(gatehouse), pageDoor(gatehouse, clientId)];
    time = stores === 'embedded' ? processTime() : redisTime(gatehouse.env['REDIS_URL']!);
  });
  afterAll(async () => {
    await time.restore();
    await gatehouse.close();
  });

  const step = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        who: fc.constantFrom('person', 'disabled', 'nobody'),
        right: fc.boolean(),
        from: fc.nat(1),
      }),
    },
    // Half seconds, so that the response time of a door does not decide.
    {
      weight: 2,
      arbitrary: fc.constantFrom({ seconds: 1.5 }, { seconds: 4.5 }, { seconds: 40.5 }, { seconds: 1000.5 }),
    },
    { weight: 1, arbitrary: fc.constant('unlock' as const) },
  );

  it(
    'give the same answers, limits and audit to the same attempts',
    async () => {
      const seen = new Set<string>();
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 24, size: 'max' }), async (steps) => {
          const cast = await Promise.all(doors.map(() => castOf(gatehouse)));
          for (const now of steps) {
            if (now === 'unlock') {
              for (const { person } of cast) await unlock(gatehouse, person);
            } else if ('seconds' in now) {
              await time.elapse(now.seconds * 1000);
            } else {
              const answers: Answer[] = [];
              for (const [at, door] of doors.entries()) {
                const { username, password } = cast[at]![now.who];
                const address = cast[at]!.addresses[now.from]!;
                answers.push(
                  await door.signIn({ username, password: now.right ? password : 'a guess of mine', address }),
                );
              }
              expectAlike(answers);
              seen.add(typeof answers[0] === 'string' ? answers[0] : 'limited');
            }
          }
          const audits = [];
          for (const people of cast) audits.push(await auditOf(gatehouse, people));
          expect(audits[1]).toEqual(audits[0]);
          expect(audits[2]).toEqual(audits[0]);
        }),
        { numRuns: RUNS, examples: [[ALWAYS]] },
      );
      expect([...seen].sort()).toEqual(['incorrect', 'limited', 'signed in']);
    },
    60_000 + RUNS * 20_000,
  );
});

function expectAlike(answers: readonly Answer[]): void {
  const [first] = answers;
  for (const answer of answers) {
    if (typeof first === 'string' || typeof answer === 'string') expect(answer).toEqual(first);
    // One door is asked a moment later, so a second may have passed.
    else expect(Math.abs(answer.limited - first!.limited)).toBeLessThanOrEqual(1);
  }
}

interface Cast {
  readonly person: Person;
  readonly disabled: Person;
  readonly nobody: Person;
  readonly addresses: readonly string[];
}

async function castOf(gatehouse: Instance): Promise<Cast> {
  const [person, disabled] = [await createUser(gatehouse), await createUser(gatehouse)];
  await gatehouse.client.ask(`mutation { setUserDisabled(username: "${disabled.username}", disabled: true) { id } }`, {
    token: await adminToken(gatehouse),
  });
  const network = randomBytes(2);
  return {
    person,
    disabled,
    nobody: { username: `nobody.${randomBytes(5).toString('hex')}`, password: 'whatever it would be' },
    addresses: [1, 2].map((host) => `10.${network[0]}.${network[1]}.${host}`),
  };
}

async function unlock(gatehouse: Instance, { username }: Person): Promise<void> {
  await gatehouse.client.ask(`mutation { unlockUser(username: "${username}") { id } }`, {
    token: await adminToken(gatehouse),
  });
}

/** Returns the sign-in events of a cast, with placeholders for its names and addresses. */
async function auditOf(gatehouse: Instance, cast: Cast): Promise<unknown[]> {
  const events: unknown[] = [];
  for (const who of ['person', 'disabled', 'nobody'] as const) {
    const { data, errors } = await gatehouse.client.ask(
      `{ auditEvents(first: 100, username: "${cast[who].username}") { edges { node { type actor subject address } } } }`,
      { token: await adminToken(gatehouse) },
    );
    if (errors) throw new Error(JSON.stringify(errors));
    for (const { node } of data.auditEvents.edges as { node: Record<string, string | null> }[]) {
      if (!node['type']!.startsWith('login.')) continue;
      events.push({
        who,
        type: node['type'],
        actor: node['actor'] === null ? null : node['actor'] === cast[who].username,
        from: cast.addresses.indexOf(node['address']!),
      });
    }
  }
  return events;
}

async function registerClient(gatehouse: Instance): Promise<string> {
  const { data, errors } = await gatehouse.client.ask(
    `mutation { createClient(input: { name: "Doors", public: true, redirectUris: ["${REDIRECT}"],
       grantTypes: ["authorization_code", "refresh_token"], scopes: ["account"] }) { client { id } } }`,
    { token: await adminToken(gatehouse) },
  );
  if (errors) throw new Error(JSON.stringify(errors));
  return data.createClient.client.id as string;
}

const from = (address: string) => ({ 'x-forwarded-for': address });

function graphqlDoor({ client }: Instance): Door {
  return {
    name: 'GraphQL',
    async signIn({ username, password, address }) {
      const { data, errors } = await client.tryLogin(username, password, from(address));
      if (data) return 'signed in';
      const { code, retryAfter } = errors![0]!.extensions;
      return code === 'RATE_LIMITED' ? { limited: retryAfter! } : incorrect(errors![0]!.message);
    },
  };
}

function formDoor({ client }: Instance): Door {
  return {
    name: 'the form',
    async signIn({ username, password, address }) {
      const { status, headers, body } = await client.form('/token', { username, password }, from(address));
      if (status === 200) return 'signed in';
      return status === 429 ? { limited: Number(headers.get('retry-after')) } : incorrect(body.error_description);
    },
  };
}

/** Signs in as a browser without scripts and its user do. */
function pageDoor({ url }: Instance, clientId: string): Door {
  const challenge = createHash('sha256').update('v'.repeat(43)).digest('base64url');
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: REDIRECT,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    scope: 'account',
    state: 'doors',
  });
  return {
    name: 'the page',
    async signIn({ username, password, address }) {
      const arrival = await fetch(`${url}/authorize?${query.toString()}`, {
        headers: from(address),
        redirect: 'manual',
      });
      const cookie = arrival.headers
        .getSetCookie()
        .map((set) => set.split(';')[0])
        .join('; ');
      const page = await arrival.text();
      const action = new URL(/<form[^>]* action="([^"]*)"/.exec(page)![1]!, `${url}/authorize`);
      const form = new URLSearchParams({ username, password });
      for (const [tag] of page.matchAll(/<input[^>]*type="hidden"[^>]*>|<button[^>]*value="sign-in"[^>]*>/g)) {
        form.set(/ name="([^"]*)"/.exec(tag)![1]!, / value="([^"]*)"/.exec(tag)![1]!);
      }
      const answer = await fetch(action, {
        method: 'POST',
        headers: {
          ...from(address),
          cookie,
          origin: new URL(url).origin,
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: form.toString(),
        redirect: 'manual',
      });
      // The redirect leads to the consent page.
      if (answer.status === 303) return 'signed in';
      if (answer.status === 429) return { limited: Number(answer.headers.get('retry-after')) };
      return incorrect(/role="alert"[^>]*>([^<]*)</.exec(await answer.text())?.[1] ?? `status ${answer.status}`);
    },
  };
}

/** Any other message would distinguish the doors, or the reasons. */
function incorrect(message: string): Answer {
  expect(message).toBe('Incorrect username or password');
  return 'incorrect';
}
