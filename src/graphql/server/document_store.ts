import { InMemoryLRUCache } from '@apollo/utils.keyvaluecache';
import type { DocumentNode } from 'graphql';
import { LRUCache } from 'lru-cache';

/** The most bytes of all parsed documents together, and of a single one. */
const ALL = 32 * 1024 * 1024;
const ONE = 512 * 1024;

const LIMITS = { maxSize: ALL, maxEntrySize: ONE, sizeCalculation: weigh };

/**
 * Caches parsed and valid documents, the least recently used evicted first. Apollo's default store does not count the
 * source text, which a document keeps in memory. Threat: short queries, each padded to the longest body, fill
 * gigabytes.
 */
export class DocumentStore extends InMemoryLRUCache<DocumentNode> {
  readonly #byText = new LRUCache<string, DocumentNode>(LIMITS);

  constructor() {
    super(LIMITS);
  }

  /** Stores a document. Apollo calls it once the document is valid. */
  override async set(key: string, document: DocumentNode): Promise<void> {
    this.#byText.set(textOf(document), document);
    await super.set(key, document);
  }

  /** Returns the valid document of a text; undefined if it is not cached. */
  of(text: string): DocumentNode | undefined {
    return this.#byText.get(text);
  }
}

function textOf({ loc }: DocumentNode): string {
  return loc?.source.body ?? '';
}

/** Returns an upper estimate of the bytes in memory: a tree takes up to three times its JSON, a character two bytes. */
function weigh(document: DocumentNode): number {
  return 3 * JSON.stringify(document).length + 2 * textOf(document).length;
}
