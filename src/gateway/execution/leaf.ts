import { type GraphQLLeafType, isEnumType } from 'graphql';
import { isRawNumber } from '../../kernel/exact_json.ts';

/** A value of JSON as a scalar of the specification; undefined where it is none. */
type Coerce = (value: unknown) => unknown;

const MOST_INT = 2 ** 31 - 1;

/** As numbers are read by graphql-js: from truth values and texts too. */
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
 * A value that a subgraph answered, as its scalar or enum has it; undefined where it is none of them. The same as
 * `serialize` of graphql-js, which throws for each of the thousands that a list can have.
 */
export function leaf(type: GraphQLLeafType, value: unknown): unknown {
  if (isEnumType(type)) return typeof value === 'string' && type.getValue(value) ? value : undefined;
  const coerce = SPECIFIED.get(type.name);
  if (!coerce) return value;
  // Only an ID has more digits than JavaScript; Int has fewer, and Float is a double.
  if (!isRawNumber(value)) return coerce(value);
  return coerce === id && INTEGER.test(value.rawJSON) ? value.rawJSON : coerce(Number(value.rawJSON));
}

const INTEGER = /^-?\d+$/;
