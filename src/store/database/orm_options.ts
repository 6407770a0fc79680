import type { EntitySchema } from '@mikro-orm/core';
import { Migrator } from '@mikro-orm/migrations';
import { migrations } from './migrations/list.ts';

/** What MikroORM is given for either kind of database. */
export function ormOptions(entities: readonly EntitySchema[]) {
  return {
    entities: [...entities],
    discovery: { warnWhenNoEntities: false },
    extensions: [Migrator],
    migrations: { migrationsList: migrations, snapshot: false },
    // Room functions name what they read; nothing is cached between calls.
    resultCache: {},
    forceUtcTimezone: true,
    debug: false,
    logger: () => undefined,
  };
}
