import { type GraphQLLeafType, isEnumType } from 'graphql';
import { isRawNumber } from '../../kernel/exact_json.ts';

/** Converts a JSON value to a specified scalar; undefined if it is not valid. */
type Coerce = (value: unknown) => unknown;

const MOST_INT = 2 ** 31 - 1;

/** Converts booleans and strings to numbers, as graphql-js does. */
function numberOf(value: unknown): number | undefined {
  if (typeof value === 'boolean') return Number(value);
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

const int: Coerce = (value) => {
  const number = numberOf(value);
  return Number.isInteger(number) && number! <= MOST_INT && number! >= -MOST_INT - 1 ? number : undefined;
};

const string: Coerce = (value) => {
  if (typeof value === 'string') return value;
  return typeof value === 'boolean' || Number.isFinite(value) ? String(value) : undefined;
};

const boolean: Coerce = (value) => {
  if (typeof value === 'boolean') return value;
  return Number.isFinite(value) ? value !== 0 : undefined;
};

const id: Coerce = (value) => {
  if (typeof value === 'string') return value;
  return Number.isInteger(value) ? String(value) : undefined;
};

const SPECIFIED = new Map<string, Coerce>([
  ['Int', int],
  ['Float', numberOf],
  ['String', string],
  ['Boolean', boolean],
  ['ID', id],
]);

/**
 * Returns a subgraph's value as its scalar or enum; undefined if it is not valid. Equals `serialize` of graphql-js,
 * which throws an error for each of the thousands of values in a list.
 */
export function leaf(type: GraphQLLeafType, value: unknown): unknown {
  if (isEnumType(type)) return typeof value === 'string' && type.getValue(value) ? value : undefined;
  const coerce = SPECIFIED.get(type.name);
  if (!coerce) return value;
  // Only an ID can have more digits than a JavaScript number: an Int has fewer, and a Float is a double.
  if (!isRawNumber(value)) return coerce(value);
  return coerce === id && INTEGER.test(value.rawJSON) ? value.rawJSON : coerce(Number(value.rawJSON));
}

const INTEGER = /^-?\d+$/;
