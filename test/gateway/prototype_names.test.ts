import { describe, expect, it } from '@jest/globals';
import { parse, print, stripIgnoredCharacters } from 'graphql';
import { PROTOTYPE_NAMES, renamePrototypeNames } from '../../src/gateway/analysis/prototype_names.ts';

const compact = (document: string) => stripIgnoredCharacters(document);
const SCHEMA = compact(`
  directive @join__field(requires: String, provides: String, name: String) on FIELD_DEFINITION
  directive @join__type(key: String) repeatable on OBJECT
  type Query { car: Car toString: String }
  type Car @join__type(key: "id constructor { valueOf }") {
    id: ID
    constructor: Maker
    price: Int @join__field(requires: "constructor { valueOf } id", name: "constructor")
  }
  type Maker { valueOf: String constructors: Int }
`);

describe('names that every object inherits', () => {
  it('are those of JavaScript, without those that GraphQL reserves', () => {
    expect([...PROTOTYPE_NAMES]).toEqual(
      expect.arrayContaining(['constructor', 'toString', 'valueOf', 'hasOwnProperty']),
    );
    expect([...PROTOTYPE_NAMES].filter((name) => name.startsWith('__'))).toEqual([]);
  });

  it('need no renaming if no field has one', () => {
    expect(renamePrototypeNames('type Query { car(constructor: Int): Int } type constructor { a: Int }')).toBeNull();
  });

  it('are replaced in fields, keys and requirements, and nowhere else', () => {
    expect(compact(renamePrototypeNames(SCHEMA)!.supergraph)).toBe(
      SCHEMA.replace('toString:', 'gatehouse_field_toString:')
        .replace('constructor:Maker', 'gatehouse_field_constructor:Maker')
        .replace('valueOf:String', 'gatehouse_field_valueOf:String')
        .replace('"id constructor { valueOf }"', '"id gatehouse_field_constructor { gatehouse_field_valueOf }"')
        .replace('"constructor { valueOf } id"', '"gatehouse_field_constructor { gatehouse_field_valueOf } id"'),
    );
  });

  it("are replaced for the planner under the client's keys, and restored for subgraphs", () => {
    const renaming = renamePrototypeNames(SCHEMA)!;
    const asked = parse('{ car { constructor { name: valueOf } id } toString }', { noLocation: true });
    const planned = renaming.planned(asked);
    expect(compact(print(planned))).toBe(
      '{car{constructor:gatehouse_field_constructor{name:gatehouse_field_valueOf}id}toString:gatehouse_field_toString}',
    );
    expect(compact(print(renaming.fetched(planned)))).toBe(
      '{car{constructor:constructor{name:valueOf}id}toString:toString}',
    );
    expect([renaming.planned(asked), renaming.fetched(planned)]).toEqual([planned, renaming.fetched(planned)]);
    expect(renaming.planned(asked)).toBe(planned);
  });

  it('are restored in the keys of entities too, whatever their values are', () => {
    const { variables } = renamePrototypeNames(SCHEMA)!;
    const given = {
      representations: [{ id: 'gatehouse_field_1', gatehouse_field_constructor: { gatehouse_field_valueOf: null } }],
      other: [1, null, [{ valueOf: 2 }]],
    };
    expect(variables(given)).toEqual({
      representations: [{ id: 'gatehouse_field_1', constructor: { valueOf: null } }],
      other: [1, null, [{ valueOf: 2 }]],
    });
  });
});
