import { describe, expect, it } from '@jest/globals';
import { fromFile, fromSubgraphs } from '../../src/gateway/composition/supergraph.ts';
import { LINK } from '../support/subgraphs.ts';

const OWN = `${LINK} type Query { me: User } type User @key(fields: "id") { id: ID! name: String }`;
const ONE = { name: 'one', url: 'http://one/graphql' };
const TWO = { name: 'two', url: 'http://two/graphql' };

/** Creates a source with these two schemas, which a test may change. */
function start(one = `${LINK} type Query { a: Int }`, two = `${LINK} type Query { b: Int }`) {
  const schemas = new Map<string, string>([
    ['one', one],
    ['two', two],
  ]);
  const source = fromSubgraphs([ONE, TWO], OWN, async ({ name, url }) => {
    if (url !== `http://${name}/graphql`) throw new Error('another address');
    const schema = schemas.get(name);
    if (schema === undefined) throw new Error(`${name} is away`);
    return schema;
  });
  return { source, schemas };
}
const failure = (error: Promise<unknown>) =>
  error.then(
    () => null,
    ({ name, reason, message }: Error & { reason: string }) => ({ name, reason, message }),
  );

describe('the schemas of subgraphs', () => {
  it('are composed with ours, by their names and addresses', async () => {
    const text = await start().source.load();
    expect(text).toContain('GATEHOUSE @join__graph(name: "gatehouse", url: "")');
    for (const { name, url } of [ONE, TWO]) expect(text).toContain(`@join__graph(name: "${name}", url: "${url}")`);
    expect(text).toMatch(/a: Int @join__field\(graph: ONE\)\s+b: Int @join__field\(graph: TWO\)/);
  });

  it('are composed once while they are unchanged, even if that fails', async () => {
    const { source, schemas } = start();
    const text = await source.load();
    schemas.set('two', `${LINK} type Query { a: String }`);
    const thrown = await source.load().catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(Error);
    expect(await source.load().catch((error: unknown) => error)).toBe(thrown);
    schemas.set('two', `${LINK} type Query { b: Int }`);
    expect(await source.load()).toBe(text);
    schemas.set('two', `${LINK} type Query { d: Int }`);
    expect(await source.load()).toContain('d: Int');
  });

  it('names the missing schema, and hides its details from strangers', async () => {
    const { source, schemas } = start();
    schemas.delete('two');
    expect(await failure(source.load())).toEqual({
      name: 'SupergraphError',
      reason: 'two: no schema',
      message: 'The schema of two: two is away',
    });
  });

  it.each([
    ['nonsense', 'type Query {', 'two: no schema', /^The schema of two: Syntax Error/],
    ['a type that is not there', `${LINK} type Query { b: Missing }`, 'composition: INVALID_GRAPHQL', /Missing/],
    [
      'what is of another type and not shared',
      `${LINK} type Query { a: String b: Int } type User @key(fields: "id") { id: Int! name: Int }`,
      'composition: FIELD_TYPE_MISMATCH, INVALID_FIELD_SHARING',
      /^The subgraphs do not compose:\n.*Query\.a.*\n?/s,
    ],
  ])('names the codes of composition, and shows operators its messages: %s', async (_what, two, reason, message) => {
    const failed = await failure(start(undefined, two).source.load());
    expect(failed).toEqual({ name: 'SupergraphError', reason, message: expect.stringMatching(message) });
  });
});

it('names the code of the system if a file cannot be read', async () =>
  expect(await failure(fromFile('/nowhere/supergraph.graphql').load())).toEqual({
    name: 'SupergraphError',
    reason: 'the file cannot be read',
    message: 'SUPERGRAPH_FILE: cannot be read (ENOENT)',
  }));
