import { type AccountState, changes, getsIn, type Holding, HOLDINGS, opensSession } from './account_states.ts';

/** The nodes of the drawing: states with the same ways in. The first one that applies names a state. */
const NODES: readonly [id: string, title: string, applies: (state: AccountState) => boolean][] = [
  ['disabled', 'disabled', ({ disabled }) => disabled],
  ['invited', 'invited', ({ invited }) => invited],
  ['password', 'password', (state) => state.password && !hasSecond(state)],
  ['both', 'password and second factor', ({ password, recoveryCodes }) => password && !recoveryCodes],
  ['safe', 'password, second factor, recovery codes', ({ password }) => password],
  ['passkeys', 'passkeys without a password', ({ passkeys }) => passkeys > 0],
  ['mail', 'no password, no passkey', () => true],
];

const hasSecond = ({ totp, passkeys }: AccountState) => totp || passkeys > 0;
const nodeOf = (state: AccountState) => NODES.find(([, , applies]) => applies(state))![0];

/** Draws the states of an account: the changes between kinds of states as a graph, and each state as a row. */
export function drawAccountStates(states: readonly AccountState[]): string {
  return `${drawGraph(states)}\n\n${drawTable(states)}\n`;
}

function drawGraph(states: readonly AccountState[]): string {
  const labels = new Map<string, Set<string>>();
  for (const state of states) {
    for (const { title, by, to } of changes(state)) {
      const [from, end] = [nodeOf(state), nodeOf(to)];
      // Every state can be disabled, and is as before when it is enabled again.
      if (from === end || state.disabled || to.disabled) continue;
      const label = by === 'owner' ? title : `${title} (${by})`;
      labels.set(`${from} --> ${end}`, (labels.get(`${from} --> ${end}`) ?? new Set()).add(label));
    }
  }
  const used = NODES.filter(([id]) => states.some((state) => nodeOf(state) === id));
  return [
    '```mermaid',
    'stateDiagram-v2',
    '  [*] --> enabled',
    '  enabled --> disabled: disable (admin)',
    '  disabled --> enabled: enable (admin)',
    '  state enabled {',
    ...used.filter(([id]) => id !== 'disabled').map(([id, title]) => `    state "${title}" as ${id}`),
    '    [*] --> password: create, register',
    '    [*] --> invited: invite',
    ...[...labels].sort().map(([edge, titles]) => `    ${edge}: ${[...titles].sort().join(', ')}`),
    '  }',
    '```',
  ].join('\n');
}

const COLUMNS: readonly Holding[] = ['password', 'authenticator', 'passkey'];

/** One row for each set of factors of an enabled account whose address is confirmed. */
function drawTable(states: readonly AccountState[]): string {
  const shown = states.filter(({ verified, disabled, invited }) => verified && !disabled && !invited);
  const rows = shown.map((state) => [
    [
      ...(state.password ? ['password'] : []),
      ...(state.totp ? ['authenticator'] : []),
      ...(state.passkeys > 0 ? [state.passkeys === 1 ? '1 passkey' : '2 passkeys'] : []),
      ...(state.recoveryCodes ? ['recovery codes'] : []),
    ].join(', ') || 'nothing',
    ...[null, ...COLUMNS].map((lost) => wayBack(state, lost)),
  ]);
  const header = ['the account has', 'its owner signs in', ...COLUMNS.map((lost) => `lost ${lost}`)];
  return aligned([header, ...rows.sort(([one], [other]) => one!.localeCompare(other!))]);
}

/** Returns a Markdown table in the form that the formatter gives it. */
function aligned([header, ...rows]: readonly (readonly string[])[]): string {
  const widths = header!.map((_, at) => Math.max(...[header!, ...rows].map((row) => row[at]!.length)));
  const padded = (row: readonly string[]) => `| ${row.map((cell, at) => cell.padEnd(widths[at]!)).join(' | ')} |`;
  return [padded(header!), padded(widths.map((width) => '-'.repeat(width))), ...rows.map(padded)].join('\n');
}

/** Returns who lets the owner in after the loss of one thing: a second passkey is on another device. */
function wayBack(state: AccountState, lost: Holding | null): string {
  if (lost === 'password' && !state.password) return '';
  if (lost === 'authenticator' && !state.totp) return '';
  if (lost === 'passkey' && state.passkeys === 0) return '';
  const left = new Set(HOLDINGS.filter((holding) => holding !== lost || (lost === 'passkey' && state.passkeys === 2)));
  const alone = new Set([...left].filter((holding) => holding !== 'mailbox'));
  if (opensSession(state, alone)) return 'alone';
  return getsIn(state, left) ? 'by mail' : 'by an admin';
}
