import ts from 'typescript';
import type { Edit } from './mutation.ts';

/** Removes an anchor, a bound or a flag from a regular expression. */
export function mutateRegularExpression(node: ts.Node): Edit[] {
  if (!ts.isRegularExpressionLiteral(node)) return [];
  const text = node.getText();
  const [, pattern = '', flags = ''] = /^\/(.*)\/([a-z]*)$/s.exec(text) ?? [];
  const others = [
    ...(pattern.startsWith('^') ? [`/${pattern.slice(1)}/${flags}`] : []),
    ...(/(?<!\\)\$$/.test(pattern) ? [`/${pattern.slice(0, -1)}/${flags}`] : []),
    ...[...pattern.matchAll(/(?<!\\)\{\d+(?:,\d*)?\}/g)].map(({ 0: bound, index }) => {
      return `/${pattern.slice(0, index)}+${pattern.slice(index + bound.length)}/${flags}`;
    }),
    ...(flags.includes('i') ? [`/${pattern}/${flags.replace('i', '')}`] : []),
  ];
  return others
    .filter((other) => !other.startsWith('//'))
    .map((other) => ({ kind: 'regular expression', start: node.getStart(), end: node.getEnd(), text: other }));
}
