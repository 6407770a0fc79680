import type { Storage } from '@graphiql/toolkit';

/** The settings of appearance, which may outlive the page. */
const kept = new Set(['theme', 'visiblePlugin', 'docExplorerFlex', 'editorFlex', 'secondaryEditorFlex']);
const isKept = (key: string) => kept.has(key.replace(/^graphiql:/, ''));

/**
 * Returns GraphiQL's storage. Headers may hold access tokens, variables passwords, and queries and the history both.
 * All of them stay in the page's memory. Only the settings of appearance go to localStorage.
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
