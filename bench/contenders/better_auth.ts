import { createServer } from 'node:http';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import pg from 'pg';

/**
 * better-auth as its documentation sets it up: e-mail and password, its own tables in the same database, the bare Node
 * handler, no log. Its limits are off, because they would refuse the load. With `COOKIE_CACHE=on` it reads the session
 * from a signed cookie, up to an hour old here, without a query to the database.
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
