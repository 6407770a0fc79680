/** The fate of a mutant. A test that does not end has noticed it too. */
export interface Result {
  readonly id: string;
  readonly room: string;
  readonly path: string;
  readonly line: number;
  readonly kind: string;
  readonly diff: string;
  readonly outcome: 'noticed' | 'survived' | 'time limit';
  /** The test that failed. */
  readonly by?: string;
  readonly tried: readonly string[];
  readonly seconds: number;
}

/** Returns one line of progress. */
export function lineOf({ id, path, line, kind, outcome, by, tried, seconds }: Result): string {
  const how = by ?? (tried.length > 0 ? `${tried.length} test files passed` : 'no test executes this line');
  return `${id} ${outcome} in ${seconds} s: ${path}:${line} (${kind}): ${how}`;
}

/** Returns a table of rooms, and each survivor with its change and the tests that passed. */
export function reportOf(results: readonly Result[]): string {
  const rooms = [...new Set(results.map(({ room }) => room))];
  const count = (room: string | undefined, ...outcomes: Result['outcome'][]) =>
    results.filter((result) => (room ?? result.room) === result.room && outcomes.includes(result.outcome)).length;
  const row = (name: string, room: string | undefined) => {
    const survived = count(room, 'survived');
    const noticed = count(room, 'noticed', 'time limit');
    const share = `${((100 * noticed) / (noticed + survived)).toFixed(0)} %`;
    return [name, `${noticed + survived}`, `${noticed}`, `${count(room, 'time limit')}`, `${survived}`, share];
  };
  const rows = [
    ['room', 'mutants', 'noticed', 'by the time limit', 'survived', 'share'],
    ...rooms.map((room) => row(room, room)),
    ...(results.length > 0 ? [row('all', undefined)] : []),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)));
  const table = rows.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  const survivors = results.filter(({ outcome }) => outcome === 'survived');
  return [...survivors.map(survivorOf), '', ...table].join('\n');
}

function survivorOf({ id, path, line, kind, diff, tried }: Result): string {
  return `\n${id} survived: ${path}:${line} (${kind})\n${diff}\n  tests: ${tried.join(', ') || 'none executes this line'}`;
}
