/** The modules that tests start a server with. */
export interface ServerModules {
  readonly createApp: typeof import('../../src/composition/app.ts').createApp;
  readonly readConfig: typeof import('../../src/config/config.ts').readConfig;
  readonly createLog: typeof import('../../src/kernel/log.ts').createLog;
  readonly pglite: PgliteModules;
}

/** Modules of one realm: an embedded database and its server recognise objects by their classes. */
export interface PgliteModules {
  readonly PGlite: typeof import('@electric-sql/pglite').PGlite;
  readonly createPostgreSqlTypeParsers: typeof import('@mikro-orm/pglite').createPostgreSqlTypeParsers;
}

/** Present if `server_environment.ts` runs the file. */
const { loadOnce } = globalThis as { loadOnce?: (name: string) => never };

/** Loads a module of `dist/` or a library once per worker process. In other environments jest loads it for the file. */
async function load<Module>(built: string, source: () => Promise<Module>): Promise<Module> {
  return loadOnce ? loadOnce(built) : source();
}

export async function loadServer(): Promise<ServerModules> {
  const { createApp } = await load('./composition/app.js', () => import('../../src/composition/app.ts'));
  const { readConfig } = await load('./config/config.js', () => import('../../src/config/config.ts'));
  const { createLog } = await load('./kernel/log.js', () => import('../../src/kernel/log.ts'));
  const { PGlite } = await load('@electric-sql/pglite', () => import('@electric-sql/pglite'));
  const { createPostgreSqlTypeParsers } = await load('@mikro-orm/pglite', () => import('@mikro-orm/pglite'));
  return { createApp, readConfig, createLog, pglite: { PGlite, createPostgreSqlTypeParsers } };
}

export async function loadPostgres(): Promise<Pick<typeof import('@mikro-orm/postgresql'), 'MikroORM'>> {
  return load('@mikro-orm/postgresql', () => import('@mikro-orm/postgresql'));
}
