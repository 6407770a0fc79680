import type { Command } from 'commander';
import type { Client } from '../clients/client.entity.ts';
import { confirm } from './ask.ts';
import { type ReadServices, runReadOnly } from './run_read_only.ts';
import { runAsOperator } from './run_as_operator.ts';
import { type Column, printJson, printOne, printRows, say, type OutputOptions } from './output.ts';

interface ClientCreation extends OutputOptions {
  readonly public?: boolean;
  readonly pkce: boolean;
  readonly redirectUri: readonly string[];
  readonly grant: readonly string[];
  readonly scope: readonly string[];
}

/** `clients …`: manages registered programs, see docs/oauth2.md. */
export function addClients(program: Command): void {
  const clients = program.command('clients').description('Registered OAuth2 clients');
  const each = (value: string, before: readonly string[]) => [...before, value];

  clients
    .command('list')
    .description('lists every client by name')
    .option('--json', 'prints one JSON array')
    .action((shown: OutputOptions) =>
      runReadOnly(async ({ clients }) => {
        await printRows((await clients()).map(toRow), COLUMNS, { ...shown, none: 'No clients.' });
      }),
    );

  clients
    .command('show')
    .argument('<id>', 'the id shown by "clients list"')
    .description('shows one client')
    .option('--json', 'prints one JSON object')
    .action((id: string, shown: OutputOptions) =>
      runReadOnly(async (stored) => printOne(toRow(await existing(stored, id)), COLUMNS, shown)),
    );

  clients
    .command('create')
    .argument('<name>', 'the name that the consent page shows')
    .description('registers a program and shows its secret once')
    .requiredOption(
      '--grant <type>',
      'a grant type: authorization_code, refresh_token, client_credentials, password; repeatable',
      each,
      [],
    )
    .option('--redirect-uri <uri>', 'a redirect URI for authorization_code; repeatable', each, [])
    .option('--scope <scope>', 'a scope that the client may request; repeatable', each, [])
    .option('--public', 'registers a client without a secret, for programs that cannot keep one')
    .option('--no-pkce', 'lets a client with a secret use a state instead of PKCE')
    .option('--json', 'prints one JSON object')
    .action((name: string, { grant, redirectUri, scope, json, ...creation }: ClientCreation) =>
      runAsOperator(async ({ use, by }) => {
        const { client, secret } = await use.clients.create(
          {
            name,
            public: creation.public === true,
            pkce: creation.pkce,
            grantTypes: grant,
            redirectUris: redirectUri,
            scopes: scope,
          },
          by,
        );
        if (json) return printJson({ ...toRow(client), secret });
        say(`Registered ${client.name}.`, `Client id: ${client.id}`);
        if (secret !== null) say(`Secret:    ${secret}   (shown only now)`);
      }),
    );

  clients
    .command('remove')
    .argument('<id>', 'the id shown by "clients list"')
    .description('removes a client, ends its sessions and denies its tokens')
    .option('--yes', 'skips the confirmation')
    .option('--json', 'prints one JSON object')
    .action(async (id: string, { yes, json }: OutputOptions & { yes?: boolean }) => {
      if (!yes) await runReadOnly((stored) => existing(stored, id));
      await confirm(`Removing the client ${id}`, id, yes);
      await runAsOperator(async ({ use, by }) => {
        if (!(await use.clients.remove(id, by))) throw noSuchClient(id);
        if (json) printJson({ removed: id });
        else say(`Removed ${id}.`);
      });
    });
}

async function existing(stored: Pick<ReadServices, 'client'>, id: string): Promise<Client> {
  const client = await stored.client(id);
  if (!client) throw noSuchClient(id);
  return client;
}

function noSuchClient(id: string): Error {
  return new Error(`id: there is no client ${id}; "clients list" shows all of them`);
}

/** Returns the printed fields of a client, without its secret. */
function toRow({ id, name, pkce, secretDigest, grantTypes, redirectUris, scopes, createdAt }: Client) {
  return { id, name, public: secretDigest == null, pkce, grantTypes, redirectUris, scopes, createdAt };
}

const COLUMNS: readonly Column<ReturnType<typeof toRow>>[] = [
  ['id', ({ id }) => id],
  ['name', ({ name }) => name],
  ['public', (row) => row.public],
  ['pkce', ({ pkce }) => pkce],
  ['grants', ({ grantTypes }) => grantTypes.join(' ')],
  ['scopes', ({ scopes }) => scopes.join(' ')],
  ['redirect URIs', ({ redirectUris }) => redirectUris.join(' ')],
  ['created', ({ createdAt }) => createdAt],
];
