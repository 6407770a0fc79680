import { Migration20261123 } from './20261123_first.ts';

/** In the order they run. A migration that has been released never changes. */
export const migrations = [{ name: '20261123_first', class: Migration20261123 }];
