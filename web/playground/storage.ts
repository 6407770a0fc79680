import type { Storage } from '@graphiql/toolkit';

/** What may outlive the page: how it looks. */
const kept = new Set(['theme', 'visiblePlugin', 'docExplorerFlex', 'editorFlex', 'secondaryEditorFlex']);
const isKept = (key: string) => kept.has(key.replace(/^graphiql:/, ''));

/**
 * GraphiQL's storage. Headers carry access tokens, variables passwords, queries and the history either of them: all of it
 * stays in this page's memory and is gone with it. Only the look of the page goes to localStorage.
 */
export function createStorage(lasting: globalThis.Storage | undefined): Storage {
  const memory = new Map<string, string>();
  return {
    getItem: (key) => (isKept(key) ? lasting?.getItem(key) : memory.get(key)) ?? null,
    setItem(key, value) {
      if (isKept(key)) lasting?.setItem(key, value);
      else memory.set(key, value);
    },
    removeItem(key) {
      lasting?.removeItem(key);
      memory.delete(key);
    },
    clear() {
      memory.clear();
      for (const key of kept) lasting?.removeItem(`graphiql:${key}`);
    },
    get length() {
      return memory.size;
    },
  };
}
