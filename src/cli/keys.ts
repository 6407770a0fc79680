import type { Command } from 'commander';
import type { SigningKeys } from '../application/foundation/signing_keys.ts';
import type { SigningKey } from '../keys/signing_key.entity.ts';
import { confirm } from './ask.ts';
import { onStorage } from './run_as_operator.ts';
import { operator } from './operator.ts';
import { type Column, printJson, printRows, say, type OutputOptions } from './output.ts';

/** `keys …`: manages signing keys. Needs only the database: an unavailable Redis must not keep a leak open. */
export function addKeys(program: Command): void {
  const keys = program.command('keys').description('The keys that sign access tokens');

  keys
    .command('list')
    .description('lists every key and its state: next, current, retiring')
    .option('--json', 'prints one JSON array')
    .action((shown: OutputOptions) => withKeys(async (signingKeys) => print(await signingKeys.list(), shown)));

  keys
    .command('rotate')
    .description('lets the next key sign; the previous key verifies until its tokens have expired')
    .option('--now', 'rotates even if caches may not have the next key yet')
    .option('--json', 'prints the keys as one JSON array')
    .action((shown: OutputOptions & { now?: boolean }) =>
      withKeys(async (signingKeys) => {
        await signingKeys.rotate(operator(), shown.now);
        await print(await signingKeys.list(), shown);
      }),
    );

  keys
    .command('retire')
    .argument('<kid>', 'the key id shown by "keys list"')
    .description('removes a leaked key at once; the tokens it signed become invalid')
    .option('--yes', 'skips the confirmation')
    .option('--json', 'prints the keys as one JSON array')
    .action(async (kid: string, { yes, ...shown }: OutputOptions & { yes?: boolean }) => {
      await confirm(`Retiring the key ${kid}`, kid, yes);
      await withKeys(async (signingKeys) => {
        await signingKeys.retire(kid, operator());
        await print(await signingKeys.list(), shown);
      });
    });

  keys
    .command('rewrap')
    .description('encrypts all keys and authenticator secrets anew, so that JWT_SECRET_KEY_PREVIOUS can be removed')
    .option('--json', 'prints one JSON object')
    .action(({ json }: OutputOptions) =>
      withKeys(async (signingKeys) => {
        const { keys: rewrapped, totpSecrets } = await signingKeys.rewrap(operator());
        if (json) return printJson({ rewrapped, totpSecrets });
        say(
          `Encrypted ${rewrapped} ${rewrapped === 1 ? 'key' : 'keys'} and ${totpSecrets} authenticator ` +
            `${totpSecrets === 1 ? 'secret' : 'secrets'} under JWT_SECRET_KEY. Remove ` +
            'JWT_SECRET_KEY_PREVIOUS when the older access tokens have expired (ACCESS_TOKEN_EXPIRE_MINUTES).',
        );
      }),
    );
}

function withKeys(work: (keys: SigningKeys) => Promise<void>): Promise<void> {
  return onStorage(async ({ database, secrets }, config) => {
    const [{ createSigningKeys }, { systemClock }] = await Promise.all([
      import('../application/foundation/signing_keys.ts'),
      import('../kernel/clock.ts'),
    ]);
    await work(createSigningKeys({ database, clock: systemClock }, { secrets, algorithm: config.tokens.algorithm }));
  });
}

async function print(keys: readonly SigningKey[], shown: OutputOptions): Promise<void> {
  const rows = keys.map(({ kid, algorithm, state, stateSince }) => ({ kid, algorithm, state, since: stateSince }));
  await printRows(rows, COLUMNS, { ...shown, none: 'No key pairs: HS256 signs with JWT_SECRET_KEY.' });
}

const COLUMNS: readonly Column<Pick<SigningKey, 'kid' | 'algorithm' | 'state'> & { since: Date }>[] = [
  ['kid', ({ kid }) => kid],
  ['algorithm', ({ algorithm }) => algorithm],
  ['state', ({ state }) => state],
  ['since', ({ since }) => since],
];
