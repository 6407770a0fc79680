import { describe, expect, it } from '@jest/globals';
import { buildSchema, getOperationAST, parse } from 'graphql';
import { authorize, createJudge } from '../../src/gateway/authorization/authorize.ts';
import { securityNames } from '../../src/gateway/composition/directives.ts';
import { readOperation } from '../../src/gateway/analysis/operation.ts';
import { readOwnership } from '../../src/gateway/composition/ownership.ts';
import type { Policy, Subject } from '../../src/gateway/authorization/policies.ts';
import { readRequirements, type Requirement } from '../../src/gateway/composition/requirements.ts';
import { Refusal } from '../../src/kernel/errors.ts';
import { createLog } from '../../src/kernel/log.ts';

const log = createLog('silent');
const somebody: Subject = {
  sub: 'kandi',
  role: 'user',
  scopes: ['books:read', 'books:write'],
  clientId: null,
  narrowed: false,
  assurance: 1,
  fresh: true,
  sessionAge: async () => 0,
};

/** Creates a judge with these policies, and records which policy decided on which subject. */
function judgeOf(subject: Subject | null, policies: Record<string, Policy> = {}) {
  const asked: [name: string, sub: string][] = [];
  const noting = Object.entries(policies).map(([name, policy]): [string, Policy] => [
    name,
    (of) => {
      asked.push([name, of.sub]);
      return policy(of);
    },
  ]);
  return { judge: createJudge(subject, new Map(noting), log), asked };
}

const asks = (layer: Requirement['layer'], anyOf: string[][] = []): Requirement => ({
  layer,
  anyOf,
  key: `${layer} ${JSON.stringify(anyOf)}`,
});

describe('a demand is met', () => {
  const POLICIES: Record<string, Policy> = { yes: () => true, later: async () => true, no: () => false };

  it.each<[string, Requirement, boolean]>([
    ['authenticated', asks('authenticated'), true],
    ['one scope', asks('scopes', [['books:read']]), true],
    ['all scopes of a list', asks('scopes', [['books:read', 'books:write']]), true],
    ['the second list', asks('scopes', [['books:burn'], ['books:write']]), true],
    ['a scope too many', asks('scopes', [['books:read', 'books:burn']]), false],
    ['no list of scopes', asks('scopes', []), false],
    ['an empty list of scopes', asks('scopes', [[]]), false],
    ['a scope beside an empty list', asks('scopes', [[], ['books:burn']]), false],
    ['one policy', asks('policy', [['yes']]), true],
    ['a policy that takes its time', asks('policy', [['later']]), true],
    ['all policies of a list', asks('policy', [['yes', 'later']]), true],
    ['a policy too many', asks('policy', [['yes', 'no']]), false],
    ['the second list of policies', asks('policy', [['no'], ['yes']]), true],
    ['no list of policies', asks('policy', []), false],
    ['an empty list of policies', asks('policy', [[]]), false],
    ['a policy that is not known', asks('policy', [['unheard']]), false],
    ['a policy of the name of a scope', asks('policy', [['books:read']]), false],
    ['a scope of the name of a policy', asks('scopes', [['yes']]), false],
  ])('%s', async (_what, requirement, wanted) => {
    expect(await judgeOf(somebody, POLICIES).judge(requirement)).toBe(wanted);
    // Anonymous callers never reach a policy.
    const { judge, asked } = judgeOf(null, POLICIES);
    expect([await judge(requirement), asked]).toEqual([false, []]);
  });

  it.each<[string, () => unknown, boolean]>([
    ['true', () => true, true],
    ['a promise of true', async () => true, true],
    ['a text', () => 'true', false],
    ['a number', () => 1, false],
    ['an object', () => ({}), false],
    ['nothing', () => undefined, false],
    ['false', () => false, false],
    ['an error', () => Promise.reject(new Error('broken')), false],
  ])('by a policy that returns %s', async (_what, policy, wanted) => {
    const { judge } = judgeOf(somebody, { p: policy as Policy });
    expect(await judge(asks('policy', [['p']]))).toBe(wanted);
  });

  it('not by a policy whose store is unavailable', async () => {
    const away = new Refusal('SERVICE_UNAVAILABLE');
    const { judge } = judgeOf(somebody, { p: () => Promise.reject(away) });
    await expect(judge(asks('policy', [['p']]))).rejects.toBe(away);
  });

  it('asks each policy once per request', async () => {
    const { judge, asked } = judgeOf(somebody, { p: () => true, q: () => false });
    const demands = [[['p']], [['p', 'q']], [['q'], ['p']], [['p']]].map((lists) => asks('policy', lists));
    expect(await Promise.all(demands.map(judge))).toEqual([true, false, true, true]);
    expect(asked).toEqual([
      ['p', 'kandi'],
      ['q', 'kandi'],
    ]);
  });
});

describe('an operation', () => {
  const schema = buildSchema(
    `directive @authenticated on FIELD_DEFINITION | OBJECT directive @policy(policies: [[String!]!]!) on FIELD_DEFINITION | OBJECT
     directive @requiresScopes(scopes: [[String!]!]!) on FIELD_DEFINITION
     type Query { open: Thing closed: Thing @authenticated bought: Int @requiresScopes(scopes: [["buy"]]) @policy(policies: [["p"]]) }
     type Thing { name: String secret: String @policy(policies: [["p"]]) same: Thing }`,
  );
  const measure = {
    schema,
    requirements: readRequirements(schema, securityNames(schema)),
    ownership: readOwnership(schema),
  };
  async function verdictOn(text: string, subject: Subject | null, variables: Record<string, unknown> = {}) {
    const document = parse(text);
    const operation = readOperation(document, getOperationAST(document)!, measure)!;
    const { nodes, fields } = await authorize(operation, variables, judgeOf(subject, { p: () => false }).judge);
    return {
      nodes: nodes.size,
      fields: fields.map(({ path, coordinate, layer }) => `${path.join('.')} ${coordinate} ${layer}`),
    };
  }

  it.each<[text: string, nodes: number, fields: string[]]>([
    ['{ open { name } }', 0, []],
    ['{ open { name secret } }', 1, ['open.secret Thing.secret policy']],
    ['{ a: open { b: secret } }', 1, ['a.b Thing.secret policy']],
    ['{ open { same { same { secret } } } }', 1, ['open.same.same.secret Thing.secret policy']],
    [
      '{ open { ...F } } fragment F on Thing { ... { x: secret } y: secret }',
      2,
      ['open.x Thing.secret policy', 'open.y Thing.secret policy'],
    ],
    // Both directives deny; the error names the first one.
    ['{ bought }', 1, ['bought Query.bought scopes']],
    // A denied field below a denied field has no error of its own.
    ['{ closed { secret } }', 1, ['closed.secret Thing.secret policy']],
    ['{ open { secret @skip(if: true) } }', 1, []],
    ['{ open { secret @include(if: false) } }', 1, []],
    ['{ open @skip(if: true) { secret } }', 1, []],
    ['{ open { ... @skip(if: true) { secret } name } }', 1, []],
    ['{ open { secret @skip(if: false) } }', 1, ['open.secret Thing.secret policy']],
  ])('denies the fields of a user by their demands: %s', async (text, nodes, fields) =>
    expect(await verdictOn(text, somebody)).toEqual({ nodes, fields }),
  );

  it('has one error for an anonymous caller, also for a denied field in another', async () =>
    expect(await verdictOn('{ closed { secret } }', null)).toEqual({
      nodes: 2,
      fields: ['closed Query.closed authenticated'],
    }));

  it('is decided with its variables', async () => {
    const text = 'query ($in: Boolean!) { open { secret @include(if: $in) } }';
    expect(await verdictOn(text, somebody, { in: false })).toEqual({ nodes: 1, fields: [] });
    expect(await verdictOn(text, somebody, { in: true })).toEqual({
      nodes: 1,
      fields: ['open.secret Thing.secret policy'],
    });
  });
});
