import { expect } from '@jest/globals';
import fc from 'fast-check';
import type { RequestInfo } from '../../../src/kernel/request_info.ts';
import { SessionEntity } from '../../../src/sessions/session.entity.ts';
import type { SignedIn } from '../../../src/application/foundation/issue.ts';
import type { Device, Model, ModelRole, ModelSession } from './model.ts';
import type { System } from './system.ts';

/** One step, applied to the server and to the model. A step with nothing to do is skipped. */
type Command = fc.AsyncCommand<Model, System>;

const originOf = ({ address, userAgent }: Device): RequestInfo => ({ address, userAgent, requestId: 'model' });

/** Two places with a browser each, and a thief who shares neither. */
const DEVICES: readonly Device[] = [
  { address: '192.0.2.1', userAgent: 'Firefox' },
  { address: '192.0.2.1', userAgent: 'Safari' },
  { address: '198.51.100.7', userAgent: 'Firefox' },
  { address: '203.0.113.9', userAgent: 'curl' },
];

const device = fc.constantFrom(...DEVICES);
const pick = fc.nat(1_000);

/** Compares the model with the system: every session's row, and every access token at every replica. */
async function agree(model: Model, system: System): Promise<void> {
  const rows = await system.services.database.run((db) =>
    db.find(SessionEntity, { userId: { $in: system.users.map(({ id }) => id) } }),
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  for (const session of model.sessions) {
    const row = byId.get(system.idOf(session.tokens[0]!))!;
    expect({ ended: row.endedAt !== null, generation: row.generation }).toEqual({
      ended: session.state !== 'live',
      generation: session.tokens.length - 1,
    });
  }
  expect(rows).toHaveLength(model.sessions.length);

  const verdicts = model.sessions.flatMap((session) =>
    session.access.map(async (access) => {
      const expected = model.verdictOf(session, access);
      model.seen.add(expected);
      const scoped = expected === 'active' ? `active ${model.scopesOf(session)}` : expected;
      const answers = await Promise.all(system.replicas.map((_, at) => system.whatMay(access.token, at)));
      return { expected: scoped, answers };
    }),
  );
  for (const { expected, answers } of await Promise.all(verdicts)) {
    expect(answers).toEqual(system.replicas.map(() => expected));
  }
}

function command(
  title: string,
  check: (model: Model) => boolean,
  run: (model: Model, system: System) => Promise<void>,
): Command {
  return {
    check,
    async run(model, system) {
      await run(model, system);
      await agree(model, system);
    },
    toString: () => title,
  };
}

const some = (model: Model): boolean => model.sessions.length > 0;
const one = (model: Model, at: number): ModelSession => model.sessions[at % model.sessions.length]!;

/** Compares the server's response to a presented token with the model's. */
function expectShown(model: Model, session: ModelSession, generation: number, by: Device, answer: SignedIn | null) {
  const shown = model.show(session, generation, by);
  if (shown === 'refused') {
    expect(answer).toBeNull();
    return;
  }
  expect(answer).not.toBeNull();
  if (shown === 'rotated' || shown === 'retried') session.tokens.push(answer!.refreshToken);
  else expect(answer!.refreshToken).toBe(session.tokens.at(-1));
  model.accessGiven(session, answer!.accessToken);
}

const login = fc.tuple(pick, device, pick, fc.boolean()).map(([user, by, replica, right]) =>
  command(
    `login(${user % 2}, ${by.userAgent}${right ? '' : ', wrong'})`,
    ({ sessions }) => sessions.length < 12,
    async (model, system) => {
      const who = user % model.users.length;
      const { disabled, password } = model.users[who]!;
      const answer = await system.login(who, right ? password : 'not the password', originOf(by), replica);
      expect(answer !== null).toBe(right && !disabled);
      if (answer) model.opened(who, answer);
    },
  ),
);

/** A user allows an app, and the app exchanges its code some seconds later. */
const exchange = fc.tuple(pick, device, pick, fc.constantFrom(0, 1, 59)).map(([user, by, replica, seconds]) =>
  command(
    `code exchange(${user % 2}, ${by.userAgent}, after ${seconds})`,
    ({ sessions }) => sessions.length < 12,
    async (model, system) => {
      const who = user % model.users.length;
      const { disabled, password } = model.users[who]!;
      const code = await system.allow(who, password, originOf(by), replica);
      expect(code !== null).toBe(!disabled);
      if (!code) return;
      await later(model, system, seconds);
      model.opened(who, await system.redeem(code, originOf(by), replica + 1), true);
      model.seen.add('exchanged');
    },
  ),
);

/** Takes effect at the next request, only for tokens that follow their user's role. */
const setRole = fc.tuple(pick, fc.constantFrom<ModelRole>('user', 'admin'), pick).map(([user, role, replica]) =>
  command(`set role(${user % 2}, ${role})`, some, async (model, system) => {
    const who = user % model.users.length;
    await system.setRole(who, role, replica);
    model.users[who]!.role = role;
  }),
);

const refresh = fc.tuple(pick, device, pick, fc.boolean()).map(([at, by, replica, lost]) =>
  command(`refresh(${at}, ${by.userAgent}${lost ? ', the reply is lost' : ''})`, some, async (model, system) => {
    const session = one(model, at);
    const generation = session.held;
    const answer = await system.refresh(session.tokens[generation]!, originOf(by), replica, session.app);
    expectShown(model, session, generation, by, answer);
    if (!lost && answer) session.held = session.tokens.length - 1;
  }),
);

/** Tabs of one browser that refresh at once. In any order, all of them get the one successor. */
const together = fc.tuple(pick, device, fc.integer({ min: 2, max: 20 })).map(([at, by, tabs]) =>
  command(`refresh together(${at}, ${by.userAgent}, ${tabs} times)`, some, async (model, system) => {
    const session = one(model, at);
    const generation = session.held;
    const answers = await Promise.all(
      Array.from({ length: tabs }, (_, tab) =>
        system.refresh(session.tokens[generation]!, originOf(by), tab, session.app),
      ),
    );
    for (const answer of answers) expectShown(model, session, generation, by, answer);
    session.held = session.tokens.length - 1;
  }),
);

const replay = fc.tuple(pick, pick, device, pick).map(([at, back, by, replica]) =>
  command(`replay(${at}, ${back} back, ${by.userAgent})`, some, async (model, system) => {
    const session = one(model, at);
    const generation = session.tokens.length - 1 - (back % session.tokens.length);
    const answer = await system.refresh(session.tokens[generation]!, originOf(by), replica, session.app);
    expectShown(model, session, generation, by, answer);
  }),
);

/** A token returns after its successor was used. This is rare by chance, and the purpose of the model. */
const robbed = fc.tuple(pick, device, device, pick).map(([at, owner, thief, replica]) =>
  command(`refresh twice, then replay(${at}, ${owner.userAgent}, ${thief.userAgent})`, some, async (model, system) => {
    const session = one(model, at);
    if (!model.isLive(session) || model.users[session.user]!.disabled) return;
    const first = session.tokens.length - 1;
    for (const generation of [first, first + 1, first]) {
      const by = generation === first && session.tokens.length > first + 1 ? thief : owner;
      const answer = await system.refresh(session.tokens[generation]!, originOf(by), replica, session.app);
      expectShown(model, session, generation, by, answer);
    }
    session.held = session.tokens.length - 1;
  }),
);

const ending = fc.constantFrom('logout', 'revoke', 'disable', 'password');
type Ending = 'logout' | 'revoke' | 'disable' | 'password';

/** Presents a token while its session is ended. In either order no session may remain. */
async function race(
  model: Model,
  system: System,
  session: ModelSession,
  generation: number,
  by: Device,
  what: Ending,
): Promise<void> {
  const token = session.tokens[generation]!;
  const user = model.users[session.user]!;
  const password = `${user.password}!`;
  const endings: Record<Ending, () => Promise<void>> = {
    logout: () => system.logout(token, originOf(by), 1),
    revoke: () => system.revokeAll(session.user, 1),
    disable: () => system.disable(session.user, true, 1),
    password: () => system.setPassword(session.user, password, 1),
  };
  const [answer] = await Promise.all([system.refresh(token, originOf(by), 0, session.app), endings[what]()]);
  if (answer) expectShown(model, session, generation, by, answer);
  session.held = session.tokens.length - 1;
  if (what === 'logout') model.end(session);
  else if (what === 'disable') model.disable(session.user);
  else model.endAll(session.user);
  if (what === 'password') user.password = password;
}

const racing = fc.tuple(pick, device, ending).map(([at, by, what]) =>
  command(`refresh racing with ${what}(${at}, ${by.userAgent})`, some, async (model, system) => {
    const session = one(model, at);
    await race(model, system, session, session.tokens.length - 1, by, what);
  }),
);

/** The reply was lost. The client asks again some seconds later, while the session is being ended. */
const repeatRacing = fc.tuple(pick, device, fc.nat(9), ending).map(([at, by, seconds, what]) =>
  command(`repeat after ${seconds} racing with ${what}(${at}, ${by.userAgent})`, some, async (model, system) => {
    const session = one(model, at);
    if (!model.isLive(session) || model.users[session.user]!.disabled) return;
    const parent = session.tokens.length - 1;
    const answer = await system.refresh(session.tokens[parent]!, originOf(by), 0, session.app);
    expectShown(model, session, parent, by, answer);
    await later(model, system, seconds);
    if (model.isLive(session)) await race(model, system, session, parent, by, what);
  }),
);

const logout = fc.tuple(pick, device, pick).map(([at, by, replica]) =>
  command(`logout(${at})`, some, async (model, system) => {
    const session = one(model, at);
    await system.logout(session.tokens.at(-1)!, originOf(by), replica);
    model.end(session);
  }),
);

const changePassword = fc.tuple(pick, device, pick).map(([at, by, replica]) =>
  command(`change password(${at})`, some, async (model, system) => {
    const session = one(model, at);
    const access = session.access.at(-1)!;
    if (model.verdictOf(session, access) !== 'active') return;
    const user = model.users[session.user]!;
    const next = `${user.password}, and one more`;
    await system.changePassword(access.token, { current: user.password, next }, originOf(by), replica);
    user.password = next;
    model.endAll(session.user, session);
  }),
);

const disable = fc.tuple(pick, fc.boolean(), pick).map(([user, disabled, replica]) =>
  command(`${disabled ? 'disable' : 'enable'}(${user % 2})`, some, async (model, system) => {
    const who = user % model.users.length;
    await system.disable(who, disabled, replica);
    if (disabled) model.disable(who);
    else model.users[who]!.disabled = false;
  }),
);

const revoke = fc.tuple(pick, pick).map(([user, replica]) =>
  command(`revoke(${user % 2})`, some, async (model, system) => {
    const who = user % model.users.length;
    await system.revokeAll(who, replica);
    model.endAll(who);
  }),
);

/** The next change commits, and its process dies before it announces the change. */
const crash = pick.map((replica) =>
  command(`crash after the next commit(${replica})`, some, async (_model, system) => system.crashNext(replica)),
);

/** The change is announced to the key-value store, but PostgreSQL refuses it, so nothing has changed. */
const failing = fc
  .tuple(pick, fc.constantFrom('refresh', 'logout', 'revoke', 'disable'), pick)
  .map(([at, what, replica]) =>
    command(`${what} fails before its commit(${at})`, some, async (model, system) => {
      const session = one(model, at);
      if (!model.isLive(session)) return;
      const token = session.tokens.at(-1)!;
      await system.failing(replica, () =>
        what === 'refresh'
          ? system.refresh(token, originOf(DEVICES[0]!), replica, session.app)
          : what === 'logout'
            ? system.logout(token, originOf(DEVICES[0]!), replica)
            : what === 'revoke'
              ? system.revokeAll(session.user, replica)
              : system.disable(session.user, true, replica),
      );
      model.seen.add('failed');
    }),
  );

const flush = fc.constant(command('Redis flushed', some, async (_model, system) => system.flush()));

async function later(model: Model, system: System, seconds: number): Promise<void> {
  model.now += seconds;
  await system.elapse(seconds);
}

const wait = fc
  .constantFrom(1, 9, 10, 11, 60, 130, 200, 29 * 60, 31 * 60, 3599, 3600, 86_400, 8 * 86_400, 31 * 86_400)
  .map((seconds) => command(`${seconds} seconds later`, some, async (model, system) => later(model, system, seconds)));

/** Moves to the last seconds of an access token or just after it, where a denial that ends too early would show. */
const edge = fc.tuple(pick, fc.constantFrom(-1, 1, 4, 6, 9)).map(([at, before]) =>
  command(`${before} seconds before the last token of ${at} is over`, some, async (model, system) => {
    const end = Math.max(...one(model, at).access.map(({ expiresAt }) => expiresAt)) + model.times.leeway;
    if (end - before > model.now) await later(model, system, end - before - model.now);
  }),
);

/** Frequent are the actions of users, rare those that end everything. */
export const commands = [
  login,
  login,
  exchange,
  exchange,
  setRole,
  setRole,
  refresh,
  refresh,
  refresh,
  together,
  together,
  replay,
  robbed,
  racing,
  repeatRacing,
  repeatRacing,
  logout,
  changePassword,
  disable,
  revoke,
  crash,
  failing,
  flush,
  wait,
  wait,
  edge,
  edge,
];
