import { type DocumentNode, Kind, parse, print, visit } from 'graphql';
import { isRawNumber } from '../../kernel/exact_json.ts';

/** Names that every JavaScript object inherits. */
export const PROTOTYPE_NAMES: ReadonlySet<string> = new Set(
  Object.getOwnPropertyNames(Object.prototype).filter((name) => !name.startsWith('__')),
);

/** A supergraph with renamed fields, and the translations to and from its names. */
export interface Renaming {
  readonly supergraph: string;
  /** Renames the fields of an operation for the library. */
  planned(document: DocumentNode): DocumentNode;
  /** Restores the names in a fetch for a subgraph. */
  fetched(document: DocumentNode): DocumentNode;
  variables<T>(value: T): T;
}

const PREFIX = 'gatehouse_field_';
const WORDS = new RegExp(`\\b(?:${[...PROTOTYPE_NAMES].join('|')})\\b`, 'g');
const SELECTIONS = new Set(['key', 'requires', 'provides']);

/**
 * Renames fields such as `constructor` for a library that keeps fields in plain objects. The library finds the
 * inherited properties under these names, and refuses the whole supergraph.
 * @returns null if no field has such a name
 */
export function renamePrototypeNames(text: string): Renaming | null {
  let isNeeded = false;
  const supergraph = visit(parse(text, { noLocation: true }), {
    FieldDefinition({ name, ...rest }) {
      if (!PROTOTYPE_NAMES.has(name.value)) return undefined;
      isNeeded = true;
      return { ...rest, name: { ...name, value: PREFIX + name.value } };
    },
    Argument({ name, value, ...rest }) {
      if (!SELECTIONS.has(name.value) || value.kind !== Kind.STRING) return undefined;
      return { ...rest, name, value: { ...value, value: value.value.replace(WORDS, (word) => PREFIX + word) } };
    },
  });
  if (!isNeeded) return null;
  const known = {
    planned: new WeakMap<DocumentNode, DocumentNode>(),
    fetched: new WeakMap<DocumentNode, DocumentNode>(),
  };

  function once(way: keyof typeof known, document: DocumentNode, rename: (name: string) => string): DocumentNode {
    let result = known[way].get(document);
    if (!result) {
      result = visit(document, {
        Field({ name, alias = name, ...rest }) {
          const value = rename(name.value);
          return value === name.value ? undefined : { ...rest, alias, name: { ...name, value } };
        },
      });
      known[way].set(document, result);
    }
    return result;
  }

  const back = (name: string) => (name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name);
  function variables<T>(value: T): T {
    if (Array.isArray(value)) return value.map(variables) as T;
    if (typeof value !== 'object' || value === null || isRawNumber(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [back(name), variables(one as unknown)])) as T;
  }

  return {
    supergraph: print(supergraph),
    planned: (document) => once('planned', document, (name) => (PROTOTYPE_NAMES.has(name) ? PREFIX + name : name)),
    fetched: (document) => once('fetched', document, back),
    variables,
  };
}
