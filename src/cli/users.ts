import { type Command, InvalidArgumentError } from 'commander';
import type { User } from '../users/user.entity.ts';
import { askNewPassword } from './ask.ts';
import { Misused } from './ending.ts';
import { type Operation, operate } from './operate.ts';
import { type Column, note, printJson, printOne, printRows, say, type Shown } from './output.ts';
import { addImport } from './users_import.ts';

/** The directory gives pages of so many. */
const PAGE = 100;

interface Listing extends Shown {
  readonly limit: number;
  readonly search?: string;
  readonly after?: string;
}

/** Where a new password comes from. */
interface PasswordSource {
  readonly generate?: boolean;
  readonly passwordStdin?: boolean;
}

interface Creation extends Shown, PasswordSource {
  readonly email: string;
  readonly fullName?: string;
  readonly role: string;
}

/** `users …`: accounts, as admins have them in the graph. */
export function addUsers(program: Command): void {
  const users = program.command('users').description('Accounts');

  users
    .command('list')
    .description('accounts by name')
    .option('--search <text>', 'a part of the name, full name or e-mail address')
    .option('--after <username>', 'those that come after that name')
    .option('--limit <count>', 'at most so many', count, 50)
    .option('--json', 'one JSON array')
    .action((listing: Listing) => operate((operation) => list(operation, listing)));

  users
    .command('show')
    .argument('<username>')
    .description('one account, and how many sessions it has')
    .option('--json', 'one JSON object')
    .action((username: string, shown: Shown) =>
      operate(async ({ use }) => {
        const user = await existing(use, username);
        const [sessions = []] = await use.ownSessions.listOf([user.id]);
        const row = { ...toRow(user), sessions: sessions.length };
        await printOne(row, [...COLUMNS, ['sessions', ({ sessions }) => sessions]], shown);
      }),
    );

  users
    .command('create')
    .argument('<username>')
    .description('a new account')
    .requiredOption('--email <address>')
    .option('--full-name <name>')
    .option('--role <role>', 'one of ROLES', 'user')
    .option('--generate', 'makes a password up, and shows it once')
    .option('--password-stdin', 'reads the password from the first line of standard input')
    .option('--json', 'one JSON object')
    .action(async (username: string, { email, fullName, role, json, ...source }: Creation) => {
      // Before the stores are opened: whoever types takes their time, and would hold the embedded database meanwhile.
      const password = await newPassword(username, source);
      await operate(async ({ use, by }) => {
        const user = await use.accounts.create({ username, email, fullName, role, password }, by.actor, by.origin);
        showWithPassword(`Created ${user.username}, ${user.role}.`, user, password, { json, ...source });
      });
    });

  users
    .command('set-password')
    .argument('<username>')
    .description('a new password; ends every session of the account')
    .option('--generate', 'makes a password up, and shows it once')
    .option('--password-stdin', 'reads the password from the first line of standard input')
    .option('--json', 'one JSON object')
    .action(async (username: string, { json, ...source }: Shown & PasswordSource) => {
      const password = await newPassword(username, source);
      await operate(async ({ use, by }) => {
        const user = await use.accounts.setPassword(username, password, by.principal, by.origin);
        showWithPassword(`${user.username} has a new password, and no session.`, user, password, { json, ...source });
      });
    });

  addChange(
    users,
    'disable',
    'ends its sessions; nobody signs in to it until it is enabled',
    'is disabled',
    (name, o) => o.use.accounts.setDisabled(name, true, o.by.principal, o.by.origin),
  );
  addChange(users, 'enable', 'takes a disabling back', 'is enabled', (name, o) =>
    o.use.accounts.setDisabled(name, false, o.by.principal, o.by.origin),
  );
  addChange(users, 'unlock', 'forgets the failed sign-ins of the account', 'is unlocked', (name, o) =>
    o.use.accounts.unlock(name, o.by.principal, o.by.origin),
  );

  users
    .command('set-role')
    .argument('<username>')
    .argument('<role>', 'one of ROLES')
    .description('another role, from the next request of the account on')
    .option('--json', 'one JSON object')
    .action((username: string, role: string, { json }: Shown) =>
      operate(async ({ use, by }) => {
        const user = await use.accounts.setRole(username, role, by.principal, by.origin);
        tell(`${user.username} is ${user.role}.`, user, json);
      }),
    );

  addImport(users);
}

/** A change of one account that takes no more than its name. */
function addChange(
  users: Command,
  verb: string,
  description: string,
  outcome: string,
  change: (username: string, operation: Operation) => Promise<User>,
): void {
  users
    .command(verb)
    .argument('<username>')
    .description(description)
    .option('--json', 'one JSON object')
    .action((username: string, { json }: Shown) =>
      operate(async (operation) => {
        const user = await change(username, operation);
        tell(`${user.username} ${outcome}.`, user, json);
      }),
    );
}

async function list({ use }: Operation, { limit, search, after, ...shown }: Listing): Promise<void> {
  const rows: UserRow[] = [];
  let last = after?.toLowerCase();
  let total = 0;
  let more = true;
  while (more && rows.length < limit) {
    const page = await use.directory.users({ first: Math.min(PAGE, limit - rows.length), after: last, search });
    rows.push(...page.users.map(toRow));
    last = rows.at(-1)?.username;
    [total, more] = [page.total, page.hasNext];
  }
  await printRows(rows, COLUMNS, shown, 'No accounts.');
  if (more && last !== undefined) note(`${rows.length} of ${total}; those that follow: --after ${last}`);
}

async function newPassword(username: string, { generate, passwordStdin }: PasswordSource): Promise<string> {
  if (!generate) return askNewPassword(username, passwordStdin);
  if (passwordStdin) throw new Misused('--generate and --password-stdin exclude each other');
  const { random } = await import('../kernel/secret.ts');
  return random(18).toString('base64url');
}

function showWithPassword(
  words: string,
  user: User,
  password: string,
  { json, generate }: { json: boolean | undefined; generate?: boolean },
): void {
  if (json) return printJson({ ...toRow(user), ...(generate ? { password } : {}) });
  say(words, ...(generate ? [`Password: ${password}   (shown only now)`] : []));
}

function tell(words: string, user: User, json?: boolean): void {
  if (json) printJson(toRow(user));
  else say(words);
}

/** Throws where there is none of that name. */
export async function existing(use: Pick<Operation['use'], 'directory'>, username: string): Promise<User> {
  const user = await use.directory.user(username);
  if (!user) throw new Error('username: no such user');
  return user;
}

/** What is told of an account: never the hash of its password. */
function toRow({ id, username, role, disabled, email, fullName, createdAt, lastLoginAt }: User) {
  return {
    id,
    username,
    role,
    disabled,
    email: email ?? null,
    fullName: fullName ?? null,
    createdAt,
    lastLoginAt: lastLoginAt ?? null,
  };
}
type UserRow = ReturnType<typeof toRow>;

const COLUMNS: readonly Column<UserRow>[] = [
  ['username', ({ username }) => username],
  ['role', ({ role }) => role],
  ['disabled', ({ disabled }) => disabled],
  ['email', ({ email }) => email],
  ['full name', ({ fullName }) => fullName],
  ['created', ({ createdAt }) => createdAt],
  ['last login', ({ lastLoginAt }) => lastLoginAt],
];

function count(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 1 to 999999.');
}
