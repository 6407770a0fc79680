import { describe, expect, it } from '@jest/globals';
import { edited, takenIn } from '../support/own_supergraph.ts';

describe('the shape of our schema', () => {
  it.each<[what: string, edit: [string | RegExp, string], wanted: string[]]>([
    ['gains fields, types and interfaces', ['type Robot', 'type Extra { a: Int } type Robot'], []],
    ['loses a type', [/input Wish [^}]*}/, ''], ['Wish is hidden or left out: ']],
    [
      'has another root',
      ['mutation: Mutation', 'mutation: Name'],
      ['Mutation is not the type of a mutation, or hidden: '],
    ],
    ['gains a root', ['mutation: Mutation', 'mutation: Mutation subscription: Name'], []],
    [
      'has a type of another kind',
      [/enum How .*\n/, 'scalar How @join__type(graph: GATEHOUSE)\n'],
      [
        'How is GraphQLScalarType instead of GraphQLEnumType: ',
        'How.BODY is hidden or left out: ',
        'How.COOKIE is hidden or left out: ',
      ],
    ],
    [
      'loses an interface',
      ['implements Named & Node', 'implements Node'],
      ['User implements Named is hidden or left out: team,other'],
    ],
    [
      'has an interface that gains a field',
      ['{ name: Name }', '{ name: Name nick: String }'],
      ['Named.nick is added: '],
    ],
    [
      'has an interface that implements another',
      ['interface Named', 'interface Named implements Node'],
      ['Named implements Node is added: '],
    ],
    [
      'has a field of another type',
      ['access: String!', 'access: String'],
      ['Token.access is String instead of String!: '],
    ],
    [
      'has an argument of another default',
      ['how: How = BODY', 'how: How = COOKIE'],
      ['Mutation.login(how:) is How = "COOKIE" instead of How = "BODY": '],
    ],
    ['has an argument more', ['how: How = BODY', '$&, pin: Int'], ['Mutation.login(pin:) is added: ']],
    ['has an argument less', ['name: String!, ', ''], ['Mutation.login(name:) is hidden or left out: ']],
    [
      'has a field of another team with arguments',
      [
        'likes: Int @join__field(graph: TEAM)\n  }\n  type Name',
        'likes(of: Int): Int @join__field(graph: TEAM)\n  }\n  type Name',
      ],
      [],
    ],
    ['has a value more', ['{ BODY COOKIE }', '{ BODY COOKIE BOTH }'], ['How.BOTH is added: ']],
    ['has a value less', ['{ BODY COOKIE }', '{ BODY }'], ['How.COOKIE is hidden or left out: ']],
    ['has a member more', ['= Token | Name', '= Token | Name | Robot'], ['Thing of Robot is added: ']],
    ['has a member less', ['= Token | Name', '= Token'], ['Thing of Name is hidden or left out: ']],
    ['has an input field more', ['size: Int = 1', '$& weight: Int'], ['Wish.weight is added: ']],
    ['has an input field less', ['colour: String }', '}'], ['Wish.colour is hidden or left out: ']],
    [
      'has an input field of another default',
      ['size: Int = 1', 'size: Int = 2'],
      ['Wish.size is Int = 2 instead of Int = 1: '],
    ],
    [
      'has an input field without its default',
      ['size: Int = 1', 'size: Int'],
      ['Wish.size is Int instead of Int = 1: '],
    ],
    ['has a type hidden', ['input Wish', 'input Wish @inaccessible'], ['Wish is hidden or left out: ']],
    [
      'has an input field hidden',
      ['colour: String', 'colour: String @inaccessible'],
      ['Wish.colour is hidden or left out: '],
    ],
  ])('%s', (_what, edit, wanted) =>
    expect(takenIn(edited(edit)).filter((line) => !/served|other keys/.test(line))).toEqual(wanted),
  );
});
