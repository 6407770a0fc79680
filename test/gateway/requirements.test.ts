import { describe, expect, it } from '@jest/globals';
import { buildASTSchema, type GraphQLObjectType, parse } from 'graphql';
import { securityNames } from '../../src/gateway/composition/directives.ts';
import { possibleTypes, readRequirements } from '../../src/gateway/composition/requirements.ts';

/** Returns the demands on a field at a position, in a supergraph without composed directives. */
function askedOf(supergraph: string, coordinate: string): string[] {
  const schema = buildASTSchema(parse(supergraph), { assumeValidSDL: true });
  const [type, field] = coordinate.split('.') as [string, string];
  const parent = schema.getType(type)!;
  const possible = possibleTypes(schema, parent) as GraphQLObjectType[];
  return readRequirements(schema, securityNames(schema))
    .of(parent, possible, field)
    .map(({ key }) => key);
}

/** Returns a schema with a hint that is computed from the fields in `requires`. */
const computed = (requires: string, more = '') => `
  type Query { document: Document }
  type Document {
    owner: Owner @join__field(graph: A)
    hint: String @join__field(graph: B, requires: "${requires}")
    title: String
    ${more}
  }
  interface Owner { name: String code: String self: Owner }
  type Person implements Owner { name: String code: String @authenticated self: Owner }
  type Team implements Owner { name: String code: String @policy(policies: [["p"]]) self: Owner budget: Int @requiresScopes(scopes: [["s"]]) }
  union Anybody = Person | Team
`;

describe('a field that is computed from others (@requires) inherits their demands', () => {
  it.each([
    ['through an interface, of every type behind it', 'owner { code }', ['authenticated', 'policy [["p"]]']],
    ['through an interface twice', 'owner { self { code } }', ['authenticated', 'policy [["p"]]']],
    ['through a fragment on one type', 'owner { ... on Team { budget } }', ['scopes [["s"]]']],
    ['through a fragment without a type', 'owner { ... { code } }', ['authenticated', 'policy [["p"]]']],
    ['through a fragment on a union', 'owner { ... on Anybody { ... on Person { code } } }', ['authenticated']],
    ['beside what nobody guards', 'title owner { name code }', ['authenticated', 'policy [["p"]]']],
    ['and nothing where they ask for nothing', 'title owner { name }', []],
  ])('%s: %s', (_how, requires, wanted) => {
    expect(askedOf(computed(requires), 'Document.hint').sort()).toEqual(wanted);
  });

  it('through another computed field', () => {
    const schema = computed('inner', 'inner: String @join__field(graph: C, requires: "owner { code }")');
    expect(askedOf(schema, 'Document.hint').sort()).toEqual(['authenticated', 'policy [["p"]]']);
  });

  it('in a circle too, from whichever field', () => {
    const circle = computed('inner', 'inner: String @join__field(graph: C, requires: "hint")');
    const schema = buildASTSchema(parse(circle.replace('hint: String', 'hint: String @authenticated')), {
      assumeValidSDL: true,
    });
    const type = schema.getType('Document') as GraphQLObjectType;
    const requirements = readRequirements(schema, securityNames(schema));
    for (const field of ['hint', 'inner', 'hint']) {
      expect(requirements.of(type, [type], field).map(({ key }) => key)).toEqual(['authenticated']);
    }
  });

  it('in each of the subgraphs that compute it', () => {
    const both = computed('title').replace(
      'requires: "title")',
      '$& @join__field(graph: C, requires: "owner { code }")',
    );
    expect(askedOf(both, 'Document.hint').sort()).toEqual(['authenticated', 'policy [["p"]]']);
  });
});

describe('a field of an interface', () => {
  it('inherits the demands of the inputs of its implementations', () => {
    const schema = computed('title').replace(
      'interface Owner { name: String',
      'interface Owner { name: String @join__field(graph: B, requires: "code")',
    );
    expect(askedOf(schema, 'Owner.name').sort()).toEqual(['authenticated', 'policy [["p"]]']);
    // No type behind the interface computes it by itself.
    expect(askedOf(schema, 'Person.name')).toEqual([]);
  });
});

describe('a directive asks for', () => {
  const asked = (directives: string) => askedOf(`type Query { f: Int ${directives} }`, 'Query.f');

  it.each([
    ['its lists', '@policy(policies: [["a", "b"], ["c"]])', ['policy [["a","b"],["c"]]']],
    ['scopes', '@requiresScopes(scopes: [["a"]])', ['scopes [["a"]]']],
    [
      'the same once',
      '@policy(policies: [["a"]]) @authenticated @policy(policies: [["a"]]) @authenticated',
      ['policy [["a"]]', 'authenticated'],
    ],
    [
      'each of what differs',
      '@policy(policies: [["a"]]) @policy(policies: [["b"]])',
      ['policy [["a"]]', 'policy [["b"]]'],
    ],
    [
      'scopes and policies of one name apart',
      '@policy(policies: [["a"]]) @requiresScopes(scopes: [["a"]])',
      ['policy [["a"]]', 'scopes [["a"]]'],
    ],
    ['what nobody has, where there is no list', '@policy @requiresScopes', ['policy []', 'scopes []']],
    [
      'what nobody has, where it is the list of another',
      '@policy(scopes: [["a"]]) @requiresScopes(policies: [["a"]])',
      ['policy []', 'scopes []'],
    ],
    ['what nobody has, where a text stands for the lists', '@policy(policies: "a")', ['policy []']],
    ['what nobody has, where a text stands for a list', '@policy(policies: [["a"], "b"])', ['policy []']],
    ['what nobody has, where something else stands for a text', '@policy(policies: [["a"], ["b", 7]])', ['policy []']],
    ['nothing, where it protects nothing', '@tag(name: "x") @inaccessible', []],
  ])('%s', (_what, directives, wanted) => expect(asked(directives)).toEqual(wanted));
});

describe('a field asks for', () => {
  it('the demands of every type behind its interface', () => {
    expect(askedOf(computed('title'), 'Owner.code').sort()).toEqual(['authenticated', 'policy [["p"]]']);
    expect(askedOf(computed('title'), 'Person.code')).toEqual(['authenticated']);
    expect(askedOf(computed('title'), 'Owner.name')).toEqual([]);
  });

  it.each([
    ['its own directives and those of its type', 'type T @authenticated { f: Int @policy(policies: [["p"]]) }', 'T.f'],
    [
      'those of the type it gives',
      'type T { f: U @authenticated } type U @policy(policies: [["p"]]) { g: Int }',
      'T.f',
    ],
    ['those of the scalar it gives', 'type T @authenticated { f: [S!]! } scalar S @policy(policies: [["p"]])', 'T.f'],
    ['those of the enum it gives', 'type T { f: E @authenticated } enum E @policy(policies: [["p"]]) { V }', 'T.f'],
    [
      'those of an interface that only a subgraph’s interface object knows',
      `interface I @join__type(graph: A) @join__type(graph: B, isInterfaceObject: true) @policy(policies: [["p"]]) {
         f: Int @authenticated @join__field(graph: B)
       }
       type T implements I { f: Int }`,
      'T.f',
    ],
  ])('%s', (_what, schema, coordinate) => {
    expect(askedOf(`type Query { a: Int } ${schema}`, coordinate).sort()).toEqual(['authenticated', 'policy [["p"]]']);
  });

  it('no demand of an interface if the type has the field itself', () => {
    const schema = `type Query { a: Int }
      interface I @join__type(graph: A) @join__type(graph: B, isInterfaceObject: true) {
        f: Int @authenticated @join__field(graph: A)
      }
      type T implements I { f: Int }`;
    expect(askedOf(schema, 'T.f')).toEqual([]);
  });
});
