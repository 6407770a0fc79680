import { InMemoryLRUCache } from '@apollo/utils.keyvaluecache';
import type { DocumentNode } from 'graphql';

/** Bytes of all parsed documents together, and of one that is worth keeping. */
const ALL = 32 * 1024 * 1024;
const ONE = 512 * 1024;

/**
 * Documents that were parsed and found valid, so that the next request with the same text does neither; those asked for
 * least recently go first. Apollo's own store weighs a document without the text it came from, which it holds on to: a
 * stranger's short queries, each padded to the longest body, were let in until they took gigabytes.
 */
export function createDocumentStore(): InMemoryLRUCache<DocumentNode> {
  return new InMemoryLRUCache<DocumentNode>({ maxSize: ALL, maxEntrySize: ONE, sizeCalculation: weigh });
}

/** Bytes in memory, roughly and rather too many: a tree takes up to three times its JSON, a character two. */
function weigh(document: DocumentNode): number {
  return 3 * JSON.stringify(document).length + 2 * (document.loc?.source.body.length ?? 0);
}
