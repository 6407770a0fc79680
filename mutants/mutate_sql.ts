import ts from 'typescript';
import type { Edit } from './mutation.ts';

const IS_SQL = /\b(?:select|insert into|update|delete from)\s/;
const CHANGES: Readonly<Record<string, string>> = {
  ' and ': ' or ',
  ' or ': ' and ',
  ' > ': ' < ',
  ' < ': ' > ',
  ' asc': ' desc',
  ' desc': ' asc',
  'greatest(': 'least(',
  'least(': 'greatest(',
  ' for update': '',
};

/** Changes a comparison, an order or a lock in an SQL statement. */
export function mutateSql(node: ts.Node): Edit[] {
  const isText = ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node) || ts.isTemplateExpression(node);
  if (!isText || !IS_SQL.test(node.getText())) return [];
  const start = node.getStart();
  return Object.entries(CHANGES).flatMap(([from, to]) =>
    [...node.getText().matchAll(new RegExp(from.replace('(', '\\('), 'g'))].map(({ index }) => ({
      kind: 'SQL',
      start: start + index,
      end: start + index + from.length,
      text: to,
    })),
  );
}
