import { InMemoryLRUCache } from '@apollo/utils.keyvaluecache';
import type { DocumentNode } from 'graphql';
import { LRUCache } from 'lru-cache';

/** Bytes of all parsed documents together, and of one that is worth keeping. */
const ALL = 32 * 1024 * 1024;
const ONE = 512 * 1024;

const LIMITS = { maxSize: ALL, maxEntrySize: ONE, sizeCalculation: weigh };

/**
 * Documents that were parsed and found valid, so that the next request with the same text does neither; those asked for
 * least recently go first. Apollo's own store weighs a document without the text it came from, which it holds on to: a
 * stranger's short queries, each padded to the longest body, were let in until they took gigabytes.
 */
export class DocumentStore extends InMemoryLRUCache<DocumentNode> {
  readonly #byText = new LRUCache<string, DocumentNode>(LIMITS);

  constructor() {
    super(LIMITS);
  }

  /** What Apollo calls once a document is valid. */
  override async set(key: string, document: DocumentNode): Promise<void> {
    this.#byText.set(textOf(document), document);
    await super.set(key, document);
  }

  /** The valid document of a text, where that was asked before. */
  of(text: string): DocumentNode | undefined {
    return this.#byText.get(text);
  }
}

function textOf({ loc }: DocumentNode): string {
  return loc?.source.body ?? '';
}

/** Bytes in memory, roughly and rather too many: a tree takes up to three times its JSON, a character two. */
function weigh(document: DocumentNode): number {
  return 3 * JSON.stringify(document).length + 2 * textOf(document).length;
}
