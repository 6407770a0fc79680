import { type DocumentNode, type FieldNode, getOperationAST } from 'graphql';
import { LRUCache } from 'lru-cache';
import { type Measure, type Operation, readOperation } from './operation.ts';

/** The operations of one graph, looked through once for as long as they are asked for. */
export interface ReadOperations {
  /** The document must be valid; null where our own subgraph serves all of it. */
  of(document: DocumentNode, name: string | null | undefined): Operation | null;
  /** What remains to be planned without these fields, made once for each set that was refused together; null: nothing. */
  planned(operation: Operation, refused: ReadonlySet<FieldNode>): DocumentNode | null;
}

/**
 * Selections of all operations together, and of all that was made of them for planning; about a kilobyte each, with the
 * plan. A document is as small as its text, and comes to thousands of selections once its fragments are written out; each
 * has as many plans as callers lack different things: so both are kept by what they come to, the least recent going first.
 */
const MOST_SELECTIONS = 50_000;

export function createReadOperations(measure: Measure): ReadOperations {
  const numbers = new WeakMap<object, number>();
  let last = 0;
  const numberOf = (one: object) => {
    const number = numbers.get(one) ?? ++last;
    numbers.set(one, number);
    return number;
  };
  const operations = new LRUCache<string, { readonly operation: Operation | null }>({
    maxSize: MOST_SELECTIONS,
    sizeCalculation: ({ operation }) => operation?.size ?? 1,
  });
  const plans = new LRUCache<string, { readonly document: DocumentNode | null; readonly size: number }>({
    maxSize: MOST_SELECTIONS,
    sizeCalculation: ({ size }) => size,
  });

  return {
    of(document, name) {
      const key = `${numberOf(document)} ${name ?? ''}`;
      let known = operations.get(key);
      if (!known) {
        known = { operation: readOperation(document, getOperationAST(document, name)!, measure) };
        operations.set(key, known);
      }
      return known.operation;
    },
    planned(operation, refused) {
      const lacking = operation.guarded.map(({ node }) => (refused.has(node) ? '1' : '0')).join('');
      const key = `${numberOf(operation)} ${lacking}`;
      let known = plans.get(key);
      if (!known) {
        known = { document: operation.without(refused), size: operation.size };
        plans.set(key, known);
      }
      return known.document;
    },
  };
}
