import { type App, createApp } from './app.ts';
import { loadEnvironment, readConfig, startupWarnings } from './config.ts';
import { createLog } from './kernel/log.ts';

/** Starts the server and stops it on SIGTERM or SIGINT: exit code 0 after a clean stop, 1 where it could not start. */
async function main(): Promise<void> {
  const config = readConfig(loadEnvironment(process.cwd()));
  const log = createLog(config.log.level);
  for (const warning of startupWarnings(config)) log.warn(warning);

  const starting = createApp(config, { log });
  let stopping = false;
  const stop = async (signal: string) => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping');
    // Also in the middle of the start: whatever it opens is closed.
    await (await starting.catch(() => undefined))?.close();
    process.exit(0);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);

  const app = await starting;
  // First of all: it is stored as a hash, and were the start to fail now, nobody would ever know it.
  announceAdmin(app);
  const address = await app.listen();
  log.info({ address }, 'listening');
  process.stdout.write(`\nPlayground: ${config.http.publicUrl}/graphql\n\n`);
}

/** For the person at the terminal; the password stands here once and in no log. */
function announceAdmin({ firstAdmin }: App): void {
  if (!firstAdmin?.generatedPassword) return;
  const { username, generatedPassword } = firstAdmin;
  process.stdout.write(`\nFirst admin: ${username}   password: ${generatedPassword}   (shown only now)\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`Gatehouse cannot start.\n${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
