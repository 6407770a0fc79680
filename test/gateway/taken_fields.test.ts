import { describe, expect, it } from '@jest/globals';
import { edited, EMAIL, GOOD, LOGIN, takenIn } from '../support/own_supergraph.ts';

const ID = 'id: ID!\n    name:';

it('nothing is taken if every subgraph is within its rights', () => expect(takenIn(GOOD)).toEqual([]));

describe('a taken type of our schema', () => {
  it.each<[what: string, edit: [string | RegExp, string], wanted: string[]]>([
    [
      'is defined by another, which serves what no directive says of',
      ['type Token @join__type(graph: GATEHOUSE)', '$& @join__type(graph: TEAM)'],
      ['Token is defined by another subgraph: team', 'Token.access is served by another subgraph: team'],
    ],
    [
      'is defined by two others',
      [
        'type Token @join__type(graph: GATEHOUSE) { access: String!',
        'type Token @join__type(graph: GATEHOUSE) @join__type(graph: TEAM) @join__type(graph: OTHER) { access: String! @join__field(graph: GATEHOUSE)',
      ],
      ['Token is defined by another subgraph: team', 'Token is defined by another subgraph: other'],
    ],
    [
      'is an interface to another',
      ['@join__type(graph: TEAM, key: "id")', '@join__type(graph: TEAM, key: "id", isInterfaceObject: true)'],
      [
        'User is defined by another subgraph: team',
        'User.email is served by another subgraph, through User.email: team',
      ],
    ],
    [
      'has a key more',
      ['@join__type(graph: GATEHOUSE, key: "id")', '$& @join__type(graph: GATEHOUSE, key: "email")'],
      ['User has other keys at gatehouse: team,other'],
    ],
    [
      'has a key less',
      ['@join__type(graph: GATEHOUSE, key: "id")', ''],
      ['User has other keys at gatehouse: team,other'],
    ],
    [
      'is looked up by no key',
      ['@join__type(graph: GATEHOUSE, key: "id")', '@join__type(graph: GATEHOUSE, key: "id", resolvable: false)'],
      ['User has other keys at gatehouse: team,other'],
    ],
    [
      'is none of our subgraph',
      ['type Token @join__type(graph: GATEHOUSE)', 'type Token @join__type(graph: TEAM)'],
      [
        'Token is defined by another subgraph: team',
        'Token has other keys at gatehouse: team',
        'Token.access is served by another subgraph: team',
        'Token.access is not served by gatehouse: team',
      ],
    ],
    [
      'is none of any subgraph',
      ['type Token @join__type(graph: GATEHOUSE)', 'type Token'],
      ['Token has other keys at gatehouse: ', 'Token.access is not served by gatehouse: '],
    ],
  ])('%s', (_what, edit, wanted) => expect(takenIn(edited(edit))).toEqual(wanted));
});

describe('a taken field of our schema', () => {
  it.each<[what: string, edits: [string | RegExp, string][], wanted: string[]]>([
    [
      'is served by another in our place',
      [[LOGIN, `${LOGIN} @join__field(graph: TEAM)`]],
      ['Mutation.login is served by another subgraph: team', 'Mutation.login is not served by gatehouse: '],
    ],
    [
      'is served by two others too',
      [[LOGIN, `${LOGIN} @join__field(graph: GATEHOUSE) @join__field(graph: TEAM) @join__field(graph: OTHER)`]],
      ['Mutation.login is served by another subgraph: team', 'Mutation.login is served by another subgraph: other'],
    ],
    [
      'is served by every subgraph that has its type',
      [['type Mutation @join__type(graph: GATEHOUSE)', '$& @join__type(graph: OTHER)']],
      ['Mutation.login is served by another subgraph: other'],
    ],
    [
      'is overridden',
      [
        [
          LOGIN,
          `${LOGIN} @join__field(graph: GATEHOUSE, usedOverridden: true) @join__field(graph: TEAM, override: "gatehouse")`,
        ],
      ],
      ['Mutation.login is overridden by another subgraph: team', 'Mutation.login is not served by gatehouse: '],
    ],
    [
      'is ours in one place and not in another',
      [
        [
          LOGIN,
          `${LOGIN} @join__field(graph: GATEHOUSE, type: "Token!") @join__field(graph: GATEHOUSE, external: true)`,
        ],
      ],
      ['Mutation.login is not served by gatehouse: '],
    ],
    [
      'is known to another that computes it',
      [[EMAIL, EMAIL.replace('type: "String"', 'requires: "id"')]],
      ['User.email is served by another subgraph: team'],
    ],
    [
      'is known to another, which says that it is not',
      [[EMAIL, EMAIL.replace('external: true', 'external: false')]],
      ['User.email is served by another subgraph: team'],
    ],
    ['is a key, served by us alone', [[ID, 'id: ID! @join__field(graph: GATEHOUSE) name:']], []],
    [
      'is a key, and overridden',
      [[ID, 'id: ID! @join__field(graph: GATEHOUSE) @join__field(graph: TEAM, override: "gatehouse") name:']],
      ['User.id is overridden by another subgraph: team'],
    ],
    [
      'is a key that one of the others takes from another of them',
      [[ID, 'id: ID! @join__field(graph: GATEHOUSE) @join__field(graph: TEAM, override: "other") name:']],
      [],
    ],
    [
      'is a key that we do not serve',
      [[ID, 'id: ID! @join__field(graph: TEAM) name:']],
      ['User.id is not served by gatehouse: team,other'],
    ],
    [
      'is in a key that is composed of several',
      [['@join__field(graph: OTHER)\n    email', '@join__field(graph: OTHER, override: "gatehouse")\n    email']],
      ['User.name is overridden by another subgraph: other'],
    ],
    [
      'is in no key, but has the name of a part of one',
      [
        [
          /type Name .*\n/,
          'type Name @join__type(graph: GATEHOUSE) { first: String @join__field(graph: GATEHOUSE) @join__field(graph: TEAM) last: String }\n',
        ],
      ],
      ['Name.first is served by another subgraph: team'],
    ],
    [
      'may be shared, and is served by another alone',
      [['nick: String @join__field(graph: TEAM, override: "gatehouse")', 'nick: String @join__field(graph: TEAM)']],
      [],
    ],
  ])('%s', (_what, edits, wanted) => expect(takenIn(edited(...edits))).toEqual(wanted));

  const through = (field: string, by = 'team', coordinate = 'User.email') => [
    `${coordinate} is served by another subgraph, through ${field}: ${by}`,
  ];
  const provides = (fields: string, type = 'User', graph = 'TEAM'): [string, string] => [
    'things:',
    `on: ${type} @join__field(graph: ${graph}, provides: "${fields}") things:`,
  ];
  it.each<[what: string, edits: [string | RegExp, string][], wanted: string[]]>([
    ['directly', [provides('email')], through('Query.on')],
    ['from a list', [provides('email', '[User!]!')], through('Query.on')],
    [
      'beside what may be',
      [provides('id nick name { first } email')],
      [...through('Query.on', 'team', 'Name.first'), ...through('Query.on')],
    ],
    ['in an object', [provides('friend { friend { email } }')], through('Query.on')],
    ['of an interface', [provides('email', 'Node')], through('Query.on')],
    ['in an object of an interface', [provides('name { last }', 'Named')], through('Query.on', 'team', 'Name.last')],
    ['in a fragment on the type', [provides('... on User { email }', 'Node')], through('Query.on')],
    ['in a fragment without a type', [provides('... { email }')], through('Query.on')],
    ['in a fragment on another type', [provides('... on Robot { email }', 'Node')], []],
    ['by our own subgraph', [provides('email', 'User', 'GATEHOUSE')], []],
    [
      'by a field of an interface',
      [
        [
          'interface Node',
          'interface Holder @join__type(graph: TEAM) { owner: User @join__field(graph: TEAM, provides: "email") } interface Node',
        ],
      ],
      through('Holder.owner'),
    ],
    [
      'for an interface that stands for our type',
      [['email: String @join__field(graph: OTHER)', 'email: String @join__field(graph: TEAM)']],
      through('Node.email'),
    ],
  ])('is served through another field: %s', (_what, edits, wanted) =>
    expect(takenIn(edited(...edits))).toEqual(wanted),
  );
});

describe('a supergraph without our subgraph', () => {
  /** Returns the same supergraph without our subgraph: another one serves the fields. */
  const without = (graph: string) =>
    GOOD.replace(/GATEHOUSE @join__graph[^)]*\)\n/, '')
      .replaceAll('graph: GATEHOUSE', `graph: ${graph}`)
      .replace(/type Query [^}]*}/, 'type Query @join__type(graph: TEAM) { theirs: User }');

  it('may refer to accounts by their keys', () => {
    const text = `
      enum join__Graph { TEAM @join__graph(name: "team", url: "http://team") }
      type Query @join__type(graph: TEAM) { theirs: User }
      type User @join__type(graph: TEAM, key: "id") { id: ID! @join__field(graph: TEAM) nick: String likes: Int }
    `;
    expect(takenIn(text)).toEqual([]);
    expect(takenIn(text.replace('likes', 'email'))).toEqual(['User.email is served by another subgraph: team']);
  });

  it('has no other part of our schema', () =>
    expect(takenIn(without('TEAM'))).toEqual([
      'Mutation.login is served by another subgraph: team',
      'User.email is served by another subgraph: team',
      'Name is defined by another subgraph: team',
      'Name.first is served by another subgraph: team',
      'Name.last is served by another subgraph: team',
      'Token is defined by another subgraph: team',
      'Token.access is served by another subgraph: team',
      'Mark.at is served by another subgraph: team',
    ]));
});
