import ts from 'typescript';
import { mutateRegularExpression } from './mutate_regular_expression.ts';
import { mutateSql } from './mutate_sql.ts';
import type { Edit } from './mutation.ts';
import { removals } from './removals.ts';

/** Returns the mutations of one node. */
export type Mutator = (node: ts.Node) => Edit[];

/** An edit that replaces a whole node. */
function replaced(kind: string, node: ts.Node, text: string): Edit {
  return { kind, start: node.getStart(), end: node.getEnd(), text };
}

const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  '===': ['!=='],
  '!==': ['==='],
  '==': ['!='],
  '!=': ['=='],
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '%': ['*'],
  '&&': ['||'],
  '||': ['&&'],
};

const METHODS: Readonly<Record<string, string>> = {
  every: 'some',
  some: 'every',
  min: 'max',
  max: 'min',
  startsWith: 'endsWith',
  endsWith: 'startsWith',
  union: 'intersection',
  intersection: 'union',
};

/** Methods without which a string or a list keeps its type. */
const DROPPED = new Set([
  'filter',
  'slice',
  'trim',
  'toLowerCase',
  'toUpperCase',
  'normalize',
  'replace',
  'replaceAll',
  'sort',
  'toSorted',
  'reverse',
  'toReversed',
  'concat',
]);

/** `a === b`, `a < b`, `a + b`, `a && b`: replaces the operator. */
const operators: Mutator = (node) => {
  if (!ts.isBinaryExpression(node)) return [];
  const { operatorToken } = node;
  return (OPERATORS[operatorToken.getText()] ?? []).map((other) => replaced('operator', operatorToken, other));
};

/** `a && b`, `a || b`: drops one operand. `a ?? b`: drops the default. */
const operands: Mutator = (node) => {
  if (!ts.isBinaryExpression(node)) return [];
  const { left, right, operatorToken } = node;
  const operator = operatorToken.getText();
  if (operator === '??') return [replaced('default forgotten', node, left.getText())];
  if (operator !== '&&' && operator !== '||') return [];
  return [left, right].map((kept) => replaced('operand forgotten', node, kept.getText()));
};

/** `if (a)`, `a ? b : c`: makes the condition true, false or inverted. */
const conditions: Mutator = (node) => {
  const condition = ts.isIfStatement(node)
    ? node.expression
    : ts.isConditionalExpression(node)
      ? node.condition
      : undefined;
  if (!condition) return [];
  const isNegation = ts.isPrefixUnaryExpression(condition) && condition.operator === ts.SyntaxKind.ExclamationToken;
  const negated = isNegation ? condition.operand.getText() : `!(${condition.getText()})`;
  return ['true', 'false', negated].map((other) => replaced('condition', condition, other));
};

/** `true`, `false`, `!a`: inverts the value. */
const booleans: Mutator = (node) => {
  if (node.kind === ts.SyntaxKind.TrueKeyword) return [replaced('boolean', node, 'false')];
  if (node.kind === ts.SyntaxKind.FalseKeyword) return [replaced('boolean', node, 'true')];
  const isNegation = ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken;
  return isNegation ? [replaced('boolean', node, node.operand.getText())] : [];
};

/** Moves a limit by one or multiplies it by ten; takes `at(-1)` from the other end. */
const numbers: Mutator = (node) => {
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken)
    return [replaced('number', node, node.operand.getText())];
  if (!ts.isNumericLiteral(node)) return [];
  const value = Number(node.text);
  if (value === 0) return [replaced('number', node, '1')];
  if (value <= 20) return [`${value + 1}`, `${value - 1}`].map((other) => replaced('number', node, other));
  return [`${value * 10}`, `${Math.floor(value / 10)}`].map((other) => replaced('number', node, other));
};

/** Empties a string that is compared, passed or listed. */
const texts: Mutator = (node) => {
  // A string with a blank is a sentence for human readers.
  if (!ts.isStringLiteral(node) || node.text === '' || node.text.includes(' ')) return [];
  const { parent } = node;
  const counts =
    ts.isBinaryExpression(parent) ||
    ts.isCallExpression(parent) ||
    ts.isArrayLiteralExpression(parent) ||
    ts.isCaseClause(parent) ||
    ts.isReturnStatement(parent) ||
    ts.isConditionalExpression(parent) ||
    (ts.isPropertyAssignment(parent) && parent.initializer === node);
  return counts ? [replaced('text', node, "''")] : [];
};

/** Replaces `some` by `every`; drops a `filter` or a `toLowerCase`. */
const methods: Mutator = (node) => {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return [];
  const { name, expression } = node.expression;
  const other = METHODS[name.text];
  return [
    ...(other === undefined ? [] : [replaced('method', name, other)]),
    ...(DROPPED.has(name.text) ? [replaced('call forgotten', node, expression.getText())] : []),
  ];
};

/** `() => a`: returns nothing. */
const bodies: Mutator = (node) => {
  if (!ts.isArrowFunction(node)) return [];
  if (!ts.isBlock(node.body)) return [replaced('body', node.body, 'undefined')];
  return node.body.statements.length > 1 ? [replaced('body', node.body, '{}')] : [];
};

export const MUTATORS: readonly Mutator[] = [
  operators,
  operands,
  conditions,
  booleans,
  numbers,
  texts,
  methods,
  bodies,
  removals,
  mutateRegularExpression,
  mutateSql,
];
