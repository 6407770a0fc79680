import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

/**
 * Everything that is used once is a proof (`src/proofs`). These tests find what could be another store of one-time
 * things: in the columns of the tables, in the statements that report a match, and in the calls of the key-value store
 * that report who came first. Each other use is listed with its reason.
 */
const PROOFS = 'src/proofs/';

/** The words of a column that counts, recognises or ends a one-time thing. */
const WORDS = new Set([
  ...['used', 'consumed', 'redeemed', 'spent', 'claimed', 'accepted', 'once', 'expires', 'expiry'],
  ...['attempts', 'failures', 'tries', 'counter', 'step'],
  ...['digest', 'token', 'code', 'codes', 'ticket', 'challenge', 'nonce'],
]);

const COLUMNS: Readonly<Record<string, string>> = {
  'clients.secretDigest': 'a credential that is presented again and again',
  'mails.once': 'a mail that is sent, not a thing that is presented',
  'mails.attempts': 'counts the tries to send',
  'passkeys.counter': 'a factor: the counter of its authenticator',
  'passkeys.lastUsedAt': 'shown to the owner, and decides nothing',
  'recovery_codes.digest': 'a factor: the row is deleted by its use',
  'revocations.expiresAt': 'the time until which a denial is needed',
  'sessions.accessExpiresAt': 'the time until which a denial is needed',
  'sessions.expiresAt': 'the lifetime of a session',
  'sessions.lastUsedAt': 'the idle time of a session',
  'sessions.parentDigest': 'rotation: the parent is accepted again within the grace',
  'sessions.parentUsedAt': 'rotation: a retry is measured from here',
  'sessions.tokenDigest': 'rotation: under the lock of the session',
  'totp_secrets.failures': 'a factor: its budget of guesses',
  'totp_secrets.lastStep': 'a factor: a code counts once',
  'totp_secrets.pendingFailures': 'a factor: guesses at an enrolment',
};

/** Statements that change rows and report which, by verb and table. */
const STATEMENTS: Readonly<Record<string, string>> = {
  'delete from mails': 'removes old mails',
  'delete from recovery_codes': 'a factor: the row is deleted by its use',
  'insert into mails': 'a mail that was caused twice is sent once',
  'insert into users': 'an account is created',
  'update mails': 'leases a mail to the process that sends it',
  'update passkeys': 'a factor: the counter of its authenticator',
  'update sessions': 'rotation and the ends of sessions',
  'insert into revocations': 'returns the denials that were written',
  'update users': 'an account is changed',
  'nativeDelete PasskeyEntity': 'removes the passkeys of an account',
};

/** Files that ask the key-value store who came first. */
const FIRST_COMERS: Readonly<Record<string, string>> = {
  'src/application/authentication/failed_sign_ins.ts': 'one audit row a minute for a limited network',
  'src/application/sessions/refresh.ts': 'one audit row a minute for a repeated refresh',
  'src/composition/jobs.ts': 'the leases of jobs',
  'src/limits/attempts.ts': 'the line of attempts at an account',
  'src/store/state_cache/state_cache.ts': 'the cache, which is checked against rows',
  'src/users/live_users.ts': 'the cache of accounts',
};

const sources = globSync('src/**/*.ts')
  .filter((path) => !path.startsWith(PROOFS) && !path.startsWith('src/store/database/migrations/'))
  .sort()
  .map((path) => ({ path, file: ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true) }));

function* nodesOf(node: ts.Node): Generator<ts.Node> {
  yield node;
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => void children.push(child));
  for (const child of children) yield* nodesOf(child);
}

const sorted = (found: Iterable<string>) => [...new Set(found)].sort();

interface Table {
  readonly name: string;
  readonly columns: readonly string[];
}

/** Returns the table of a call of `defineEntity`. */
function tableOf(call: ts.CallExpression): Table {
  const properties = new Map<string, ts.Node>();
  for (const node of nodesOf(call)) {
    if (ts.isPropertyAssignment(node)) properties.set(node.name.getText(), node.initializer);
  }
  const name = properties.get('tableName');
  if (!name || !ts.isStringLiteral(name)) throw new Error(`${call.getText()} has no tableName`);
  const columns = [...nodesOf(properties.get('properties')!)].filter(ts.isPropertyAssignment);
  return { name: name.text, columns: columns.map((column) => column.name.getText()) };
}

const isCallOf =
  (name: string) =>
  (node: ts.Node): node is ts.CallExpression =>
    ts.isCallExpression(node) && node.expression.getText() === name;

const tables = sources.flatMap(({ file }) => [...nodesOf(file)].filter(isCallOf('defineEntity')).map(tableOf));

/** Returns the literals and templates of a file, with `?` for each value. */
function textsOf(file: ts.SourceFile): string[] {
  return [...nodesOf(file)].flatMap((node) => {
    if (ts.isStringLiteralLike(node)) return [node.text];
    if (ts.isTemplateExpression(node))
      return [[node.head, ...node.templateSpans.map((span) => span.literal)].map(({ text }) => text).join('?')];
    return [];
  });
}

/** Returns the calls that report the number of changed rows to their caller. */
function countedChanges(file: ts.SourceFile): string[] {
  return [...nodesOf(file)].flatMap((node) => {
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return [];
    const { text } = node.expression.name;
    const isIgnored = ts.isAwaitExpression(node.parent) && ts.isExpressionStatement(node.parent.parent);
    return /^native(?:Update|Delete)$/.test(text) && !isIgnored
      ? [`${text} ${node.arguments[0]?.getText() ?? ''}`]
      : [];
  });
}

describe('a store of one-time things', () => {
  it('is no table but that of the proofs', () => {
    expect(tables.length).toBeGreaterThan(8);
    const found = tables.flatMap(({ name, columns }) =>
      columns
        .filter((column) => column.split(/(?=[A-Z])/).some((word) => WORDS.has(word.toLowerCase())))
        .map((column) => `${name}.${column}`),
    );
    expect(sorted(found)).toEqual(sorted(Object.keys(COLUMNS)));
  });

  it('is behind no other statement that reports whether it matched', () => {
    const found = sources.flatMap(({ file }) => [
      ...textsOf(file).flatMap((text) => {
        if (!/\breturning\b/i.test(text)) return [];
        return [...text.matchAll(/(?<!for )\b(delete from|insert into|update)\s+(?!set\b)(\w+)/gi)].map(
          ([, verb, table]) => `${verb!.toLowerCase()} ${table}`,
        );
      }),
      ...countedChanges(file),
    ]);
    expect(sorted(found)).toEqual(sorted(Object.keys(STATEMENTS)));
  });

  it('is not in the key-value store, which may be lost at any moment', () => {
    const calls = firstComers();
    expect(calls).toEqual(['join', 'replaceIf', 'setIfAbsent']);
    const found = sources
      .filter(({ path }) => !path.startsWith('src/store/keyvalue/') && path !== 'src/store/observed.ts')
      .filter(({ file }) => [...nodesOf(file)].some((node) => isFirstComer(node, calls)));
    expect(found.map(({ path }) => path)).toEqual(sorted(Object.keys(FIRST_COMERS)));
  });
});

/** Returns the methods of the key-value store whose result differs between the first caller and the next one. */
function firstComers(): string[] {
  const { file } = sources.find(({ path }) => path === 'src/store/keyvalue/keyvalue.ts')!;
  const methods = [...nodesOf(file)].filter(ts.isMethodSignature);
  return sorted(
    methods
      .filter(({ type }) => /^Promise<(?:boolean|number)>$/.test(type!.getText()))
      .map(({ name }) => name.getText()),
  );
}

/** `join` is also a method of arrays and paths. */
function isFirstComer(node: ts.Node, calls: readonly string[]): boolean {
  if (ts.isPropertyAccessExpression(node) && node.name.text === 'join') return node.expression.getText() === 'keyValue';
  return (ts.isIdentifier(node) || ts.isStringLiteral(node)) && node.text !== 'join' && calls.includes(node.text);
}
