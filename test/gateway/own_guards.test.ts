import { describe, expect, it } from '@jest/globals';
import { edited, EMAIL, LOGIN, takenIn } from '../support/own_supergraph.ts';

describe('a graph that a planner could confuse with ours', () => {
  const TAKEN = 'join__Graph has another subgraph named gatehouse';
  it.each<[what: string, edit: [string | RegExp, string], wanted: string[]]>([
    ['by its name', ['name: "other"', 'name: "gatehouse"'], [`${TAKEN}: gatehouse,gatehouse`]],
    ['by its name in other letters', ['name: "other"', 'name: "GateHouse"'], [`${TAKEN}: gatehouse,GateHouse`]],
    ['by its value', [/\bOTHER @join__graph/, 'gatehouse @join__graph'], [`${TAKEN}: gatehouse,other`]],
    ['not by a part of it', ['name: "other"', 'name: "gate-house"'], []],
  ])('is refused: %s', (_what, edit, wanted) => expect(takenIn(edited(edit))).toEqual(expect.arrayContaining(wanted)));

  it('is refused alone, without ours', () =>
    expect(
      takenIn(`enum join__Graph { TEAM @join__graph(name: "Gatehouse", url: "") }
        type Query @join__type(graph: TEAM) { a: Int }`),
    ).toEqual([`${TAKEN}: Gatehouse`]));
});

describe('a guard on our fields', () => {
  it.each<[what: string, edits: [string | RegExp, string][], wanted: string[]]>([
    ['by itself', [[LOGIN, `${LOGIN} @authenticated`]], ['Mutation.login is guarded (authenticated): ']],
    [
      'by two directives, on a type that others have too',
      [[EMAIL, `${EMAIL} @authenticated @policy(policies: [["p"]])`]],
      ['User.email is guarded (authenticated, policy [["p"]]): team,other'],
    ],
    [
      'by the type that it gives, which others have too',
      [['type Page', 'type Page @authenticated']],
      ['Query.page is guarded (authenticated): team', 'Page.next is guarded (authenticated): team'],
    ],
    [
      'by the scalar that it gives, which another has too',
      [['scalar Stamp', 'scalar Stamp @authenticated']],
      ['Mark.at is guarded (authenticated): other,team'],
    ],
    [
      'by a subgraph that knows only an interface of its type',
      [
        [
          /interface Named .*\n/,
          'interface Named @join__type(graph: GATEHOUSE) @join__type(graph: TEAM, isInterfaceObject: true) { name: Name @authenticated @join__field(graph: TEAM) }\n',
        ],
        ['@join__type(graph: TEAM, key: "id") ', ''],
      ],
      ['User.name is guarded (authenticated): other,team'],
    ],
  ])('%s', (_what, edits, wanted) => expect(takenIn(edited(...edits))).toEqual(wanted));
});
