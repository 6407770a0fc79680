import { type App, createApp } from './app.ts';
import { ConfigurationError, loadEnvironment, readConfig, startupWarnings } from './config.ts';
import { Refusal } from './kernel/errors.ts';
import { createLog } from './kernel/log.ts';

/** Starts the server and stops it on SIGTERM or SIGINT: exit code 0 after a clean stop, 1 where it could not start. */
async function main(): Promise<void> {
  const config = readConfig(loadEnvironment(process.cwd()));
  const log = createLog(config.log.level);
  for (const warning of startupWarnings(config)) log.warn(warning);

  let stopping = false;
  let app: App | undefined;
  const stop = async (signal: string) => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping');
    await app?.close();
    process.exit(0);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);

  app = await createApp(config, { log });
  const address = await app.listen();
  log.info({ address }, 'listening');
  announce(config.http.publicUrl, app);
}

/** For the person at the terminal; the password stands here once and in no log. */
function announce(publicUrl: string, { firstAdmin }: App): void {
  const lines = [`Playground: ${publicUrl}/graphql`];
  if (firstAdmin?.generatedPassword) {
    lines.push(`First admin: ${firstAdmin.username}   password: ${firstAdmin.generatedPassword}   (shown only now)`);
  }
  process.stdout.write(`\n${lines.join('\n')}\n\n`);
}

main().catch((error: unknown) => {
  const expected = error instanceof ConfigurationError || error instanceof Refusal || error instanceof Error;
  process.stderr.write(`Gatehouse cannot start.\n${expected ? error.message : String(error)}\n`);
  process.exit(1);
});
