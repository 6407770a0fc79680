import { createServer } from 'node:http';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import pg from 'pg';

/**
 * What a user might pick instead, as its documentation sets it up: e-mail and password, its own tables in the same
 * database, the bare Node handler, no log. Its limits are off, since they would refuse the load. `COOKIE_CACHE=on` lets
 * it answer from a signed cookie, which is as old as an hour here, without asking the database.
 */
const port = Number(process.env['PORT']);
const options = {
  baseURL: `http://127.0.0.1:${port}`,
  secret: process.env['SECRET']!,
  database: new pg.Pool({ connectionString: process.env['DATABASE_URL']! }),
  emailAndPassword: { enabled: true },
  session: { cookieCache: { enabled: process.env['COOKIE_CACHE'] === 'on', maxAge: 3600 } },
  rateLimit: { enabled: false },
  logger: { disabled: true },
  telemetry: { enabled: false },
};
const { runMigrations } = await getMigrations(options);
await runMigrations();
createServer(toNodeHandler(betterAuth(options))).listen(port, '127.0.0.1');
