import { createHash } from 'node:crypto';
import ts from 'typescript';
import { isLeftOut } from './left_out.ts';
import { MUTATORS } from './mutators.ts';

/** A replacement of one piece of a source text. */
export interface Edit {
  readonly kind: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** One mutation of one source file. */
export interface Mutant extends Edit {
  /** Depends on the mutated line, not on its position. */
  readonly id: string;
  readonly path: string;
  readonly line: number;
  /** The mutated source. */
  readonly source: string;
  /** The changed lines, as a diff. */
  readonly diff: string;
}

/** Returns every mutant that the mutators make of a source, in the order of the text. */
export function mutantsOf(path: string, source: string): Mutant[] {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
  const edits: Edit[] = [];
  const visit = (node: ts.Node) => {
    if (isLeftOut(node)) return;
    for (const mutate of MUTATORS) edits.push(...mutate(node));
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(file, visit);

  const seen = new Map<string, number>();
  const sources = new Set([source]);
  return edits
    .sort((one, other) => one.start - other.start)
    .flatMap((edit) => {
      const mutated = source.slice(0, edit.start) + edit.text + source.slice(edit.end);
      // Two mutators may make the same mutant.
      if (sources.has(mutated)) return [];
      sources.add(mutated);
      const diff = diffOf(source, edit);
      const times = (seen.get(diff) ?? 0) + 1;
      seen.set(diff, times);
      const id = createHash('sha256').update(`${path}\n${diff}\n${times}`).digest('hex').slice(0, 8);
      return [{ ...edit, id, path, line: lineAt(source, edit.start), source: mutated, diff }];
    });
}

function lineAt(source: string, offset: number): number {
  return source.slice(0, offset).split('\n').length;
}

/** Returns the whole lines before and after the edit, without their indentation. */
function diffOf(source: string, { start, end, text }: Edit): string {
  const from = source.lastIndexOf('\n', start - 1) + 1;
  const next = source.indexOf('\n', end);
  const to = next === -1 ? source.length : next;
  const marked = (sign: string, lines: string) =>
    lines
      .split('\n')
      .map((line) => `${sign} ${line.trim()}`)
      .filter((line) => line.length > 2);
  return [
    ...marked('-', source.slice(from, to)),
    ...marked('+', source.slice(from, start) + text + source.slice(end, to)),
  ].join('\n');
}
