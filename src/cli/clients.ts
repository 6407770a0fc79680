import type { Command } from 'commander';
import type { Client } from '../clients/client.entity.ts';
import { confirm } from './ask.ts';
import { type Consultation, consult } from './open_services.ts';
import { operate } from './run_as_operator.ts';
import { type Column, printJson, printOne, printRows, say, type Shown } from './output.ts';

interface Creation extends Shown {
  readonly public?: boolean;
  readonly pkce: boolean;
  readonly redirectUri: readonly string[];
  readonly grant: readonly string[];
  readonly scope: readonly string[];
}

/** `clients …`: the programs that are registered, see docs/oauth2.md. */
export function addClients(program: Command): void {
  const clients = program.command('clients').description('Registered OAuth2 clients');
  const each = (value: string, before: readonly string[]) => [...before, value];

  clients
    .command('list')
    .description('every client, by name')
    .option('--json', 'one JSON array')
    .action((shown: Shown) =>
      consult(async ({ clients }) => {
        await printRows((await clients()).map(toRow), COLUMNS, shown, 'No clients.');
      }),
    );

  clients
    .command('show')
    .argument('<id>', 'as in "clients list"')
    .description('one client')
    .option('--json', 'one JSON object')
    .action((id: string, shown: Shown) =>
      consult(async (stored) => printOne(toRow(await existing(stored, id)), COLUMNS, shown)),
    );

  clients
    .command('create')
    .argument('<name>', 'as people read it when they are asked for their consent')
    .description('registers a program; its secret is shown once')
    .requiredOption(
      '--grant <type>',
      'authorization_code, refresh_token, client_credentials, password; repeatable',
      each,
      [],
    )
    .option('--redirect-uri <uri>', 'for authorization_code; repeatable', each, [])
    .option('--scope <scope>', 'what it may ask for; repeatable', each, [])
    .option('--public', 'a program that can keep no secret: it is given none')
    .option('--no-pkce', 'lets a program with a secret ask for codes with a state instead of PKCE')
    .option('--json', 'one JSON object')
    .action((name: string, { grant, redirectUri, scope, json, ...creation }: Creation) =>
      operate(async ({ use, by }) => {
        const { client, secret } = await use.clients.create(
          {
            name,
            public: creation.public === true,
            pkce: creation.pkce,
            grantTypes: grant,
            redirectUris: redirectUri,
            scopes: scope,
          },
          by.principal,
          by.origin,
        );
        if (json) return printJson({ ...toRow(client), secret });
        say(`Registered ${client.name}.`, `Client id: ${client.id}`);
        if (secret !== null) say(`Secret:    ${secret}   (shown only now)`);
      }),
    );

  clients
    .command('remove')
    .argument('<id>', 'as in "clients list"')
    .description("ends the client's sessions, and denies every token it was given")
    .option('--yes', 'does not ask')
    .option('--json', 'one JSON object')
    .action(async (id: string, { yes, json }: Shown & { yes?: boolean }) => {
      if (!yes) await consult((stored) => existing(stored, id));
      await confirm(`Removing the client ${id}`, id, yes);
      await operate(async ({ use, by }) => {
        if (!(await use.clients.remove(id, by.actor, by.origin))) throw noSuchClient();
        if (json) printJson({ removed: id });
        else say(`Removed ${id}.`);
      });
    });
}

async function existing(stored: Pick<Consultation, 'client'>, id: string): Promise<Client> {
  const client = await stored.client(id);
  if (!client) throw noSuchClient();
  return client;
}

function noSuchClient(): Error {
  return new Error('id: there is no such client');
}

/** What is told of a client: of its secret nothing. */
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
