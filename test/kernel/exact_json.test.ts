import { expect, it } from '@jest/globals';
import { copyOf, DEEPEST, exactNumber, isRawNumber, parseExact, parseMergeable } from '../../src/kernel/exact_json.ts';

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

it.each([
  '[9007199254740993,12345678901234567890,-0,1.10,1e400,1E5,0.1000000000000000055511151231257827]',
  '{"a":{"9007199254740993":[1.0,{"b":-1.50}]},"c":"9007199254740993"}',
  '["\\"",9007199254740993,"\\\\",1.0,"a\\\\\\"1.0"]',
  ' { "a" : 1.0 } ',
  '1.0',
])('writes %s with the same numbers as were read', (text) => {
  expect(JSON.stringify(parseExact(text))).toBe(text.replaceAll(' ', ''));
});

it('returns a plain number for every number that a double holds exactly', () => {
  const text = '[0,-1,15,1.5,1e+21,9007199254740991,true,null,"1.0",{}]';
  expect(parseExact(text)).toEqual(JSON.parse(text));
});

it.each([
  '',
  '{1.0:1}',
  '{1.0 :1}',
  '{"a":1,2.0:3}',
  '01.0',
  '01234567890123456789',
  '1.',
  '-',
  '[1.0,]',
  '"',
  '1.0.0',
  '+1.0',
])('rejects invalid JSON: %s', (text) => {
  expect(() => parseExact(text)).toThrow(SyntaxError);
});

it.each(['{"__proto__":1}', '[{"a":{"__proto__":null}}]', '{"\\u005f_proto__":1}', '{"__pr\\u006Fto__":1.0}'])(
  'rejects a member __proto__ in JSON that will be merged, in every spelling: %s',
  (text) => {
    expect(() => parseMergeable(text)).toThrow(SyntaxError);
    expect(Object.keys(parseExact(text) as object)).toEqual(Object.keys(JSON.parse(text) as object));
  },
);

it('keeps a member __proto__ without changing the prototype of its object', () => {
  const parsed = parseExact('{"__proto__":{"a":1.0},"b":{"__proto__":1.0}}') as Record<string, object>;
  expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
  expect(Object.getPrototypeOf(parsed['b'])).toBe(Object.prototype);
  expect(JSON.stringify(parsed)).toBe('{"__proto__":{"a":1.0},"b":{"__proto__":1.0}}');
});

it.each(['"__proto__"', '["\\"__proto__\\":1"]', '{"a":"\\u005f_proto__"}', '{"__proto":1}'])(
  'accepts %s, which has no member __proto__',
  (text) => {
    expect(parseMergeable(text)).toEqual(JSON.parse(text));
  },
);

it('rejects a text with more levels than allowed', () => {
  expect(() => parseExact(nested(DEEPEST))).not.toThrow();
  expect(() => parseExact(nested(DEEPEST + 1))).toThrow(`more than ${DEEPEST} levels`);
  expect(() => parseExact(`{"a":${nested(1_000_000)}}`)).toThrow(`more than ${DEEPEST} levels`);
  expect(parseExact(JSON.stringify(['['.repeat(2 * DEEPEST), '\\"{'.repeat(DEEPEST)]))).toHaveLength(2);
});

it('makes a copy that shares no object with its original', () => {
  const original = parseExact('{"a":[1.0,{"b":9007199254740993}]}') as { a: unknown[] };
  const copy = copyOf(original);
  expect(JSON.stringify(copy)).toBe(JSON.stringify(original));
  expect(copy.a[1]).not.toBe(original.a[1]);
});

it('tells a raw number from an object that looks like one', () => {
  expect(isRawNumber(exactNumber('1.10'))).toBe(true);
  expect([exactNumber('1.5'), isRawNumber({ rawJSON: '1.10' }), isRawNumber(null)]).toEqual([1.5, false, false]);
});
