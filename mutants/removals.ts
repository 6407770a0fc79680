import ts from 'typescript';
import { isLeftOut } from './left_out.ts';
import type { Edit } from './mutation.ts';

/** Removes a statement, an element of a list or a property of an object. */
export function removals(node: ts.Node): Edit[] {
  if (ts.isBlock(node) || ts.isCaseOrDefaultClause(node))
    return node.statements
      .filter(isAct)
      .map((statement) => ({ kind: 'statement forgotten', ...spanOf(statement), text: '' }));
  if (ts.isArrayLiteralExpression(node))
    return node.elements.map((element) => ({ kind: 'element forgotten', ...spanInList(element), text: '' }));
  if (ts.isObjectLiteralExpression(node))
    return node.properties
      .filter((property) => !isLeftOut(property))
      .map((property) => ({ kind: 'property forgotten', ...spanInList(property), text: '' }));
  return [];
}

/**
 * Returns true if a statement has an effect. A removed declaration would not compile, and a removed `if` is the same as
 * a mutated condition.
 */
function isAct(statement: ts.Statement): boolean {
  if (ts.isReturnStatement(statement)) return statement.expression === undefined;
  if (!ts.isExpressionStatement(statement)) {
    return [ts.SyntaxKind.ThrowStatement, ts.SyntaxKind.BreakStatement, ts.SyntaxKind.ContinueStatement].includes(
      statement.kind,
    );
  }
  const { expression } = statement;
  const called =
    ts.isAwaitExpression(expression) || ts.isVoidExpression(expression) ? expression.expression : expression;
  return !isLeftOut(called);
}

function spanOf(node: ts.Node): Pick<Edit, 'start' | 'end'> {
  return { start: node.getStart(), end: node.getEnd() };
}

/** Includes a comma behind it. */
function spanInList(node: ts.Node): Pick<Edit, 'start' | 'end'> {
  const comma = /^\s*,/.exec(node.getSourceFile().text.slice(node.getEnd()));
  return { start: node.getStart(), end: node.getEnd() + (comma?.[0].length ?? 0) };
}
