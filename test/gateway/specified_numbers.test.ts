import { expect, it } from '@jest/globals';
import { buildSchema, parse } from 'graphql';
import { createSpecifiedNumbers } from '../../src/gateway/execution/specified_numbers.ts';
import { parseExact } from '../../src/kernel/exact_json.ts';

const settle = createSpecifiedNumbers(
  buildSchema(`
    scalar Big
    type Query { id: ID ids: [[ID]] big: Big float: Float int: Int box: Box boxes: [Box] any: Any }
    interface Any { id: ID }
    type Box implements Any { id: ID big: Big box: Box toString: ID }
    type Mutation { make: ID }
  `),
);
const [LONG, FINE] = ['12345678901234567890', '1.10'];

it.each<[query: string, answer: string, wanted: string]>([
  ['{ id }', `{"id":${LONG}}`, `{"id":"${LONG}"}`],
  ['{ big }', `{"big":${LONG}}`, `{"big":${LONG}}`],
  ['{ big }', `{"big":${FINE}}`, `{"big":${FINE}}`],
  ['{ float }', `{"float":${FINE}}`, '{"float":1.1}'],
  ['{ int }', `{"int":${LONG}}`, '{"int":null}'],
  ['{ id }', `{"id":${FINE}}`, '{"id":null}'],
  ['{ id big }', '{"id":1,"big":null}', '{"id":1,"big":null}'],
  ['{ ids }', `{"ids":[[${LONG},1],null,[null]]}`, `{"ids":[["${LONG}",1],null,[null]]}`],
  ['{ a: id b: big }', `{"a":${LONG},"b":${LONG},"id":${LONG}}`, `{"a":"${LONG}","b":${LONG},"id":${LONG}}`],
  [
    '{ box { id big box { id } } }',
    `{"box":{"id":${LONG},"big":${LONG},"box":{"id":${LONG}}}}`,
    `{"box":{"id":"${LONG}","big":${LONG},"box":{"id":"${LONG}"}}}`,
  ],
  [
    '{ boxes { id } }',
    `{"boxes":[{"id":${LONG}},null,{"id":${LONG}}]}`,
    `{"boxes":[{"id":"${LONG}"},null,{"id":"${LONG}"}]}`,
  ],
  ['{ any { id } }', `{"any":{"id":${LONG}}}`, `{"any":{"id":"${LONG}"}}`],
  [
    '{ any { ... on Box { big a: id } } }',
    `{"any":{"big":${LONG},"a":${LONG}}}`,
    `{"any":{"big":${LONG},"a":"${LONG}"}}`,
  ],
  [
    '{ box { ... { id } ...F } } fragment F on Box { x: id }',
    `{"box":{"id":${LONG},"x":${LONG}}}`,
    `{"box":{"id":"${LONG}","x":"${LONG}"}}`,
  ],
  ['{ box { toString } }', `{"box":{"toString":${LONG}}}`, `{"box":{"toString":"${LONG}"}}`],
  ['{ box { toString } }', '{"box":{}}', '{"box":{}}'],
  ['{ box { a: big } box { b: id } }', `{"box":{"a":${LONG},"b":${LONG}}}`, `{"box":{"a":${LONG},"b":"${LONG}"}}`],
  ['mutation { make }', `{"make":${LONG}}`, `{"make":"${LONG}"}`],
  // The field of an entity that its union does not list has the type from a fragment.
  [
    '{ _entities { ... on Box { id big } } }',
    `{"_entities":[{"id":${LONG},"big":${LONG}}]}`,
    `{"_entities":[{"id":"${LONG}","big":${LONG}}]}`,
  ],
])('an inexact number has the form of its scalar: %s', (query, answer, wanted) => {
  const document = parse(query);
  for (const _time of ['first', 'second']) {
    const data = parseExact(answer);
    settle(document, data);
    expect(JSON.stringify(data)).toBe(wanted);
  }
});
