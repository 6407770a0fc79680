import ts from 'typescript';

/** Calls with arguments for human readers: the log, spans, and the text of errors. */
const PROSE = /^(?:log|logFault|span|process\.std(?:out|err)\.write|console\.\w+|\w*[lL]og\.\w+|say)$/;
/** Constructors of metrics, and of errors that are never sent to clients. */
const PROSE_CLASSES = /^(?:\w*Error|Counter|Gauge|Histogram)$/;
/** Properties that appear only in documents. */
const PROSE_PROPERTIES = new Set(['description', 'deprecationReason', 'help', 'summary', 'title', 'cause']);

/** Returns true for a node in which no mutant would be a fault: types, imports, and prose. */
export function isLeftOut(node: ts.Node): boolean {
  if (ts.isTypeNode(node) || ts.isDecorator(node) || ts.isTypeParameterDeclaration(node)) return true;
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return true;
  if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return true;
  if (ts.isCallExpression(node)) return PROSE.test(node.expression.getText());
  if (ts.isNewExpression(node)) return PROSE_CLASSES.test(node.expression.getText());
  return ts.isPropertyAssignment(node) && PROSE_PROPERTIES.has(node.name.getText());
}
