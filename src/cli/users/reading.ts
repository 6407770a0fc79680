import { type Command, Option } from 'commander';
import type { UserOrder, UserPlace } from '../../users/list_users.ts';
import { type ReadServices, runReadOnly } from '../run_read_only.ts';
import { UsageError } from '../ending.ts';
import { type Column, note, printOne, printRows, type OutputOptions } from '../output.ts';
import { wholeNumber } from '../whole_number.ts';
import { COLUMNS, existing, toRow, type UserRow } from './row.ts';

/** The page size of the directory. */
const PAGE = 100;

interface Listing extends OutputOptions {
  readonly limit: number;
  readonly search?: string;
  readonly role?: string;
  readonly disabled?: boolean;
  readonly order: keyof typeof ORDERS;
  readonly desc?: boolean;
  readonly after?: string;
}

const ORDERS = {
  username: 'USERNAME',
  email: 'EMAIL',
  'full-name': 'FULL_NAME',
  role: 'ROLE',
  created: 'CREATED_AT',
  'last-login': 'LAST_LOGIN_AT',
} as const satisfies Record<string, UserOrder>;

/** `users list` and `users show`: the commands that only read. */
export function addReading(users: Command): void {
  users
    .command('list')
    .description('lists accounts')
    .option('--search <text>', 'only accounts with this text in the name, full name or e-mail address')
    .option('--role <role>', 'only accounts of this role')
    .option('--disabled', 'only disabled accounts')
    .option('--no-disabled', 'only enabled accounts')
    .addOption(new Option('--order <by>', 'the sort order').choices(Object.keys(ORDERS)).default('username'))
    .option('--desc', 'sorts in descending order')
    .option('--after <username>', 'only accounts after this name, in the order of names')
    .option('--limit <count>', 'the maximum number of accounts', wholeNumber(1, 999_999), 50)
    .option('--json', 'prints one JSON array')
    .action((listing: Listing) => runReadOnly((consultation) => list(consultation, listing)));

  users
    .command('show')
    .argument('<username>')
    .description('shows one account and the number of its sessions')
    .option('--json', 'prints one JSON object')
    .action((username: string, shown: OutputOptions) =>
      runReadOnly(async ({ directory, sessionsOf }) => {
        const user = await existing({ directory }, username);
        const [sessions = []] = await sessionsOf([user.id]);
        const lockedUntil = await directory.lockedUntil(user.username).catch((error: Error) => {
          note(`locked until: not known. ${error.message}`);
          return undefined;
        });
        const row = { ...toRow(user), sessions: sessions.length, lockedUntil };
        const more: Column<typeof row>[] = [
          ['sessions', ({ sessions }) => sessions],
          ['locked until', ({ lockedUntil }) => (lockedUntil === undefined ? 'not known' : lockedUntil)],
        ];
        await printOne(row, [...COLUMNS, ...more], shown);
      }),
    );
}

async function list({ directory }: ReadServices, { limit, after, order, desc, ...rest }: Listing): Promise<void> {
  const { search, role, disabled, ...shown } = rest;
  if (after !== undefined && order !== 'username') throw new UsageError('--after needs --order username');
  const rows: UserRow[] = [];
  let last: UserPlace | undefined = after === undefined ? undefined : placeOf(after);
  let total = 0;
  let more = true;
  while (more && rows.length < limit) {
    const first = Math.min(PAGE, limit - rows.length);
    const wanted = { first, order: ORDERS[order], descending: desc === true, after: last };
    const page = await directory.users({ ...wanted, search, role, disabled });
    rows.push(...page.users.map(({ user }) => toRow(user)));
    last = page.users.at(-1)?.place;
    [total, more] = [page.total, page.hasNext];
  }
  await printRows(rows, COLUMNS, { ...shown, none: 'No accounts.' });
  if (!more || last === undefined) return;
  const further =
    order === 'username' ? `use --after ${last.username} to see the next ones` : 'raise --limit to see more';
  note(`${rows.length} of ${total}: ${further}`);
}

function placeOf(username: string): UserPlace {
  return { key: username.toLowerCase(), username: username.toLowerCase() };
}
