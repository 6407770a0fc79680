import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { loadEnvironment, readConfig } from '../config.ts';
import { systemClock } from '../kernel/clock.ts';
import { type Asker, createSigningKeys, type SigningKeys } from '../signin/signing_keys.ts';
import { openStorage } from '../storage.ts';
import type { SigningKey } from '../tokens/signing_key.entity.ts';

interface Shown {
  readonly json?: boolean;
}

/** `keys …`: what signs access tokens. They need the database alone: a Redis that is away must not keep a leak open. */
export function addKeys(program: Command): void {
  const keys = program.command('keys').description('The keys that sign access tokens');

  keys
    .command('list')
    .description('every key and its state: next, current, retiring')
    .option('--json', 'one JSON array')
    .action((shown: Shown) => withKeys(async (signingKeys) => print(await signingKeys.list(), shown)));

  keys
    .command('rotate')
    .description('lets the next key sign; the one before verifies for as long as its tokens last')
    .option('--now', 'also where caches may not know the next key yet')
    .option('--json', 'the keys as one JSON array')
    .action((shown: Shown & { now?: boolean }) =>
      withKeys(async (signingKeys) => {
        await signingKeys.rotate(asker(), shown.now);
        print(await signingKeys.list(), shown);
      }),
    );

  keys
    .command('retire')
    .argument('<kid>', 'as in "keys list"')
    .description('takes a leaked key out of use at once: what it signed counts no more')
    .option('--json', 'the keys as one JSON array')
    .action((kid: string, shown: Shown) =>
      withKeys(async (signingKeys) => {
        await signingKeys.retire(kid, asker());
        print(await signingKeys.list(), shown);
      }),
    );

  keys
    .command('rewrap')
    .description('seals the private halves under JWT_SECRET_KEY, so that JWT_SECRET_KEY_PREVIOUS can go')
    .option('--json', 'one JSON object')
    .action(({ json }: Shown) =>
      withKeys(async (signingKeys) => {
        const rewrapped = await signingKeys.rewrap(asker());
        process.stdout.write(
          json
            ? `${JSON.stringify({ rewrapped })}\n`
            : `${rewrapped} keys are sealed under JWT_SECRET_KEY. JWT_SECRET_KEY_PREVIOUS can go when the access tokens ` +
                'from before have expired (ACCESS_TOKEN_EXPIRE_MINUTES).\n',
        );
      }),
    );
}

async function withKeys(work: (keys: SigningKeys) => Promise<void>): Promise<void> {
  const config = readConfig(loadEnvironment(process.cwd()));
  const { database, secrets, close } = await openStorage(config);
  try {
    await work(createSigningKeys({ database, clock: systemClock }, { secrets, algorithm: config.tokens.algorithm }));
  } finally {
    await close();
  }
}

/** Who sits at the machine, for the audit log; the colon keeps it apart from every user name. */
function asker(): Asker {
  const origin = { address: 'localhost', userAgent: null, requestId: 'cli' };
  return { actor: `cli:${operator()}`, origin };
}

/** In a container that runs as a user whom nobody named, there is a number alone. */
function operator(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.()}`;
  }
}

function print(keys: readonly SigningKey[], { json }: Shown): void {
  const rows = keys.map(({ kid, algorithm, state, stateSince }) => ({
    kid,
    algorithm,
    state,
    since: stateSince.toISOString(),
  }));
  if (json) process.stdout.write(`${JSON.stringify(rows)}\n`);
  else if (rows.length === 0) process.stdout.write('No key pairs: HS256 signs with JWT_SECRET_KEY.\n');
  else for (const row of rows) process.stdout.write(`${Object.values(row).join('  ')}\n`);
}
