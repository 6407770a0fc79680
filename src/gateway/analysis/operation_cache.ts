import { type DocumentNode, type FieldNode, getOperationAST } from 'graphql';
import { LRUCache } from 'lru-cache';
import { type Measure, type Operation, readOperation } from './operation.ts';

/** The analysed operations of one graph, cached while they are in use. */
export interface OperationCache {
  /** Returns the analysed operation; null if our subgraph serves all of it. @param document valid */
  of(document: DocumentNode, name: string | null | undefined): Operation | null;
  /**
   * Returns the operation to plan without the refused fields, cached per set of refused fields; null if no field is
   * left.
   */
  planned(operation: Operation, refused: ReadonlySet<FieldNode>): DocumentNode | null;
}

/**
 * The limit of each cache, in selections of about one kilobyte with their plan. A short document can expand to
 * thousands of selections once its fragments are inlined, and has one plan for each set of refused fields. So the limit
 * counts selections instead of documents; the least recently used go first.
 */
const MOST_SELECTIONS = 50_000;

export function createOperationCache(measure: Measure): OperationCache {
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
