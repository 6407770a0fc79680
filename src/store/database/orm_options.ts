import type { EntitySchema } from '@mikro-orm/core';
import { Migrator } from '@mikro-orm/migrations';
import { migrations } from './migrations/list.ts';

/** Returns the options of MikroORM for both kinds of database. */
export function ormOptions(entities: readonly EntitySchema[]) {
  return {
    entities: [...entities],
    discovery: { warnWhenNoEntities: false },
    extensions: [Migrator],
    migrations: { migrationsList: migrations, snapshot: false },
    // Each function reads what it needs; nothing is cached between calls.
    resultCache: {},
    forceUtcTimezone: true,
    debug: false,
    logger: () => undefined,
  };
}
