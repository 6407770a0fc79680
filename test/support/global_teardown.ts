import { readFileSync, rmSync } from 'node:fs';

/** Searches the log of the whole run for every secret that was used in it; then removes the folder of the run. */
export default async function teardown(): Promise<void> {
  const log = readFileSync(process.env['GATEHOUSE_TEST_LOG']!, 'utf8');
  const secrets = new Set(readFileSync(process.env['GATEHOUSE_TEST_SECRETS']!, 'utf8').split('\n').filter(Boolean));
  rmSync(process.env['GATEHOUSE_TEST_FOLDER']!, { recursive: true });

  const found = [...secrets].map((line) => JSON.parse(line) as string).filter((secret) => log.includes(secret));
  if (found.length === 0) return;
  // Removes the summary, so that no file runs again and hides this failure.
  if (process.env['TEST_SUMMARY']) rmSync(process.env['TEST_SUMMARY'], { force: true });
  throw new Error(`${found.length} of ${secrets.size} secrets stand in the log of the run`);
}
