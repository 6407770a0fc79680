import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type BothPlanners, PLANNERS, startBothPlanners } from '../../../support/both_planners.ts';
import { adminToken, createUser } from '../../../support/accounts.ts';
import { type Answering, startSubgraph, type Subgraph, subgraphsOf } from '../../../support/subgraphs.ts';

/** Serves the posts. */
let posts: Subgraph;
/** Serves the decision whether a post may be shown. */
let blocks: Subgraph;
/** Computes the shown text from that decision. */
let bodies: Subgraph;
/** Computes a digest from the computed text. */
let digests: Subgraph;
let gatehouses: BothPlanners;
let username: string;
let admin: string;

const computed = (name: string) => (post: Record<string, unknown>) =>
  `${name} of ${post['id']}: ${JSON.stringify(post)}`;
const reference = { __resolveReference: (post: object) => post };
beforeAll(async () => {
  const people = `author: User reviewers: [User!]`;
  posts = await startSubgraph(
    'posts',
    `type Query { posts: [Post] post: Post safe: String }
    type Post @key(fields: "id") { id: ID! ${people} place: Place }
    interface Place { id: ID! }
    type Town implements Place @key(fields: "id") { id: ID! }
    type User @key(fields: "username") { username: String! }`,
    {
      Query: {
        posts: () => ['1', '2'].map(post),
        post: () => post('1'),
        safe: () => 'safe',
      },
      Post: reference,
    },
  );
  blocks = await startSubgraph(
    'blocks',
    `type Post @key(fields: "id") { id: ID! blocked: Boolean @inaccessible flag: Boolean must: Boolean! marks: [Mark] }
    type Mark { why: String }
    type Town @key(fields: "id") { id: ID! size: Int }`,
  );
  bodies = await startSubgraph(
    'bodies',
    `type Post @key(fields: "id") {
      id: ID! blocked: Boolean @external flag: Boolean @external must: Boolean! @external marks: [Mark] @external
      author: User @external reviewers: [User!] @external place: Place @external
      title: String
      body: String @requires(fields: "blocked")
      flagged: String @requires(fields: "flag")
      strict: String! @requires(fields: "must")
      marked: String @requires(fields: "marks { why }")
      mail: String @requires(fields: "author { email }")
      mails: String @requires(fields: "reviewers { email }")
      sized: String @requires(fields: "place { ... on Town { size } }")
    }
    interface Place { id: ID! }
    type Town implements Place @key(fields: "id") { id: ID! @external size: Int @external }
    type Mark @external { why: String }
    type User @key(fields: "username") { username: String! email: String @external }`,
    {
      Post: {
        ...reference,
        title: ({ id }: { id: string }) => `title ${id}`,
        ...Object.fromEntries(
          ['body', 'flagged', 'strict', 'marked', 'mail', 'mails', 'sized'].map((name) => [name, computed(name)]),
        ),
      },
    },
  );
  digests = await startSubgraph(
    'digests',
    'type Post @key(fields: "id") { id: ID! body: String @external digest: String @requires(fields: "body") }',
    { Post: { ...reference, digest: computed('digest') } },
  );
  const env = {
    SUBGRAPHS: subgraphsOf(posts, blocks, bodies, digests),
    JWT_ISSUER: 'http://issuer.example',
    SUBGRAPH_OPTIONS: JSON.stringify({ blocks: { exposeErrors: true } }),
  };
  gatehouses = await startBothPlanners(env);
  ({ username } = await createUser(gatehouses.native));
  admin = await adminToken(gatehouses.native);
});
afterAll(async () => {
  await gatehouses.close();
  await Promise.all([posts.stop(), blocks.stop(), bodies.stop(), digests.stop()]);
});
afterEach(() => {
  blocks.answer(null);
  for (const { received } of [posts, blocks, bodies, digests]) received.length = 0;
});

function post(id: string) {
  const [one, other] = [username, 'admin'].map((name) => ({ __typename: 'User', username: name }));
  return { __typename: 'Post', id, author: one, reviewers: [other, one], place: { __typename: 'Town', id: `t${id}` } };
}

/** Makes the responses of `blocks`: entities by id, and errors. */
const says =
  (of: (id: string) => object | null, ...errors: object[]): Answering =>
  async ({ variables }) => {
    const asked = variables['representations'] as { id: string }[];
    const _entities = asked.map(({ id, ...one }) => {
      const found = of(id);
      return found && { ...one, ...found };
    });
    return { body: JSON.stringify({ data: { _entities }, ...(errors.length > 0 ? { errors } : {}) }) };
  };
const failing = (at: number, field: string) => ({ message: `no Post.${field}`, path: ['_entities', at, field] });

describe.each(PLANNERS)('a field whose input failed, under the %s planner', (planner) => {
  const isNative = planner === 'native';
  const ask = async (query: string, token?: string) => {
    const answer = await gatehouses[planner].client.ask(query, token === undefined ? {} : { token });
    // No error may name a field that clients cannot see.
    expect(JSON.stringify(answer.errors ?? [])).not.toMatch(/blocked/);
    const errors = answer.errors?.map(({ message, path, extensions: { code } }) => [code, message, path]);
    return { data: answer.data, errors };
  };
  /** One planner reports an error of an entity in a list at the list's path. */
  const failed = (...path: (string | number)[]) => [
    'SUBREQUEST_FAILED',
    'Subgraph blocks failed',
    isNative ? path : path.filter((step) => typeof step === 'string'),
  ];
  /** Returns the post representations that a subgraph received, by the requested field. */
  const told = ({ received }: Subgraph, field: string) =>
    received
      .filter(({ query }) => new RegExp(`\\b${field}\\b`).test(query))
      .flatMap(({ variables }) => variables['representations'] as Record<string, unknown>[]);

  it('is null with the error, while other items of the list are computed', async () => {
    blocks.answer(says((id) => ({ blocked: id === '1' ? null : false }), failing(0, 'blocked')));
    const { data, errors } = await ask('{ posts { id body title } safe }');
    expect(data).toEqual({
      posts: [
        { id: '1', body: null, title: 'title 1' },
        { id: '2', body: expect.stringContaining('"blocked":false'), title: 'title 2' },
      ],
      safe: 'safe',
    });
    expect(errors).toEqual([failed('posts', 0, 'body')]);
    expect(told(bodies, 'body')).toEqual([{ __typename: 'Post', id: '2', blocked: false }]);
  });

  it('is computed from a null of the subgraph', async () => {
    blocks.answer(says(() => ({ blocked: null })));
    const { data, errors } = await ask('{ post { body } }');
    expect([data.post.body, errors]).toEqual([expect.stringContaining('"blocked":null'), undefined]);
  });

  it.each<[string, object[]]>([
    ['says nothing of where', [{ message: 'no Post.blocked' }]],
    ['says where it is not', [{ message: 'no Post.blocked', path: ['nowhere', 7] }]],
    ['says above it', [{ message: 'no Post.blocked', path: ['_entities', 0] }]],
    ['speaks of another beside it', [failing(0, 'flag'), { message: 'no Post.blocked' }]],
  ])('is null if the error %s', async (_what, errors) => {
    blocks.answer(says(() => ({ blocked: null, flag: null }), ...errors));
    const answer = await ask('{ post { body flag } }');
    expect(answer.data).toEqual({ post: { body: null, flag: null } });
    expect(answer.errors!.length).toBeGreaterThan(0);
    expect(told(bodies, 'body')).toEqual([]);
  });

  it.each<[string, Answering]>([
    ['is away', async () => 'break'],
    ['answers no data', async () => ({ body: '{"data":null,"errors":[{"message":"no Post.blocked"}]}' })],
    ['finds none, with an error', says(() => null, failing(0, 'blocked'), failing(1, 'blocked'))],
    ['breaks its schema', says(() => ({ blocked: { a: 1 } }))],
    ['leaves it out', says(() => ({}))],
  ])('is null if the whole subgraph %s', async (_what, how) => {
    blocks.answer(how);
    const { data, errors } = await ask('{ posts { body title } safe }');
    const all = ['title 1', 'title 2'].map((title) => ({ body: null, title }));
    expect(data).toEqual({ posts: all, safe: 'safe' });
    expect(errors).toEqual([failed('posts', 0, 'body'), failed('posts', 1, 'body')]);
    expect(told(bodies, 'body')).toEqual([]);
  });

  it('is null without an error if its entity is not found', async () => {
    blocks.answer(says((id) => (id === '1' ? null : { blocked: false })));
    const { data, errors } = await ask('{ posts { body title } }');
    const body: unknown = expect.stringContaining('"blocked":false');
    expect(data.posts).toEqual([
      { body: null, title: 'title 1' },
      { body, title: 'title 2' },
    ]);
    expect([errors, told(bodies, 'body')]).toEqual([undefined, [{ __typename: 'Post', id: '2', blocked: false }]]);
  });

  it('is null, with its computed fields, if its entity is not found', async () => {
    blocks.answer(says(() => null));
    expect(await ask('{ post { digest title } }')).toEqual({
      data: { post: { digest: null, title: 'title 1' } },
      errors: undefined,
    });
    expect([digests.received, told(bodies, 'body')]).toEqual([[], []]);
  });

  it('depends only on its own inputs in a list', async () => {
    const answers = { 1: { blocked: null, flag: true }, 2: { blocked: false, flag: null } };
    blocks.answer(says((id) => answers[id as '1'], failing(0, 'blocked'), failing(1, 'flag')));
    const { data, errors } = await ask('{ posts { body flagged title } }');
    const shown = (text: string): unknown => (isNative ? expect.stringContaining(text) : null);
    expect(data.posts).toEqual([
      { body: null, flagged: shown('"flag":true'), title: 'title 1' },
      { body: shown('"blocked":false'), flagged: null, title: 'title 2' },
    ]);
    const native = [failed('posts', 0, 'body'), failed('posts', 1, 'flagged')];
    expect(errors).toEqual(isNative ? native : expect.arrayContaining(native));
    for (const one of told(bodies, 'flagged')) expect(one).not.toHaveProperty('blocked');
    for (const one of told(bodies, 'body')) expect(one).not.toHaveProperty('flag');
  });

  it('fails the fields that are computed from it, and only those if each is requested alone', async () => {
    blocks.answer(says(() => ({ blocked: null, flag: true }), failing(0, 'blocked')));
    const { data, errors } = await ask('{ post { digest flagged } }');
    // The JavaScript planner requests both together, and so requests neither.
    const flagged: unknown = isNative ? expect.stringContaining('"flag":true') : null;
    expect(data).toEqual({ post: { digest: null, flagged } });
    expect(errors).toEqual([failed('post', 'digest'), ...(isNative ? [] : [failed('post', 'flagged')])]);
    expect([digests.received, told(bodies, 'body')]).toEqual([[], []]);
  });

  it('makes its object null if it is non-null', async () => {
    blocks.answer(says((id) => (id === '1' ? null : { must: true }), failing(0, 'must')));
    const { data, errors } = await ask('{ posts { strict } safe }');
    expect(data).toEqual({ posts: [null, { strict: expect.stringContaining('"must":true') }], safe: 'safe' });
    expect(errors).toEqual([failed('posts', 0, 'strict')]);
  });

  it("has its error beside its input's if the client requested both", async () => {
    blocks.answer(says(() => ({ flag: null }), failing(0, 'flag')));
    const { data, errors } = await ask('{ post { flag flagged } }');
    expect(data).toEqual({ post: { flag: null, flagged: null } });
    // The client can see this field, so the error may have the subgraph's message.
    const itself = ['SUBREQUEST_FAILED', 'no Post.flag', ['post', 'flag']];
    expect(errors).toEqual(
      isNative ? [itself, failed('post', 'flagged')] : expect.arrayContaining([failed('post', 'flagged')]),
    );
  });

  it('is null if part of its input failed', async () => {
    const marks = { marks: [{ why: 'a' }, { why: null }] };
    blocks.answer(says(() => marks, { message: 'no', path: ['_entities', 0, 'marks', 1, 'why'] }));
    expect(await ask('{ post { marked } }')).toEqual({
      data: { post: { marked: null } },
      errors: [failed('post', 'marked')],
    });
    expect(bodies.received).toEqual([]);
  });

  describe('in another entity', () => {
    // The JavaScript planner does not fetch the inputs there, and so requests no field that is computed from them.
    const answers = isNative ? 'is told' : 'is null';

    it(`with an input that our own graph refuses: ${answers}`, async () => {
      const { data, errors } = await ask('{ post { mail mails title } }');
      expect(data).toEqual({ post: { mail: null, mails: null, title: 'title 1' } });
      expect(errors).toEqual(
        isNative
          ? ['mail', 'mails'].map((field) => ['UNAUTHENTICATED', 'Could not validate credentials', ['post', field]])
          : undefined,
      );
      expect(told(bodies, 'mail')).toEqual([]);
      const shown = await ask('{ post { mail } }', admin);
      expect(shown.data.post.mail ?? 'none').toMatch(isNative ? `${username}@example.com` : 'none');
    });

    it(`behind an interface: ${answers}`, async () => {
      blocks.answer(says(() => ({ size: null }), { message: 'no', path: ['_entities', 0, 'size'] }));
      expect(await ask('{ post { sized } }')).toEqual({
        data: { post: { sized: null } },
        errors: isNative ? [failed('post', 'sized')] : undefined,
      });
      expect(bodies.received).toEqual([]);
    });
  });

  it('has at most a hundred errors', async () => {
    const ids = Array.from({ length: 150 }, (_, at) => `${at}`);
    posts.answer(async () => ({ body: JSON.stringify({ data: { posts: ids.map(post) } }) }));
    blocks.answer(async () => 'break');
    const { data, errors } = await ask('{ posts { body } }');
    posts.answer(null);
    expect(data.posts).toEqual(ids.map(() => ({ body: null })));
    expect(errors!.length).toBeLessThanOrEqual(isNative ? 100 : 150);
  });
});
