import ts from 'typescript';
import { type Line, type Paragraph, paragraphsOf } from './paragraph.ts';

/** Functions of jest whose first argument is a title. */
const TITLED = new Set(['describe', 'it', 'test']);
/** Shorter strings are names, codes and fragments. */
const WORDS_OF_A_MESSAGE = 4;

/**
 * The comments of a source, the titles of its tests, and its messages: strings and JSX text that read as a sentence.
 * The strings of a test are data, so a test has no messages.
 */
export function sourceParagraphs(path: string, source: string): Paragraph[] {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
  const isTest = path.endsWith('.test.ts') || path.startsWith('test/');
  const lineAt = (position: number) => file.getLineAndCharacterOfPosition(position).line + 1;
  const found: Paragraph[] = [];

  function visit(node: ts.Node): void {
    if (ts.isCallExpression(node) && isTitled(node)) {
      const [title] = node.arguments;
      const text = title && textOf(title);
      if (title && text) found.push(...linesOf(text, lineAt(title.getStart(file))));
    } else if (!isTest && isOutermostText(node)) {
      const text = textOf(node);
      if (text !== undefined && isMessage(text)) found.push(...linesOf(text, lineAt(node.getStart(file))));
    } else if (ts.isJsxText(node) && isMessage(node.text.trim())) {
      found.push(...linesOf(node.text, lineAt(node.getFullStart())));
    }
    ts.forEachChild(node, visit);
  }
  visit(file);
  return [...commentParagraphs(file), ...found];
}

function commentParagraphs(file: ts.SourceFile): Paragraph[] {
  const lineAt = (position: number) => file.getLineAndCharacterOfPosition(position).line;
  const paragraphs: Paragraph[] = [];
  // Line comments below one another are one text.
  let pending: Line[] = [];
  const flush = () => {
    paragraphs.push(...paragraphsOf(pending));
    pending = [];
  };
  for (const { pos, end, kind } of commentsOf(file)) {
    const line = lineAt(pos) + 1;
    const text = file.text.slice(pos, end);
    if (kind === ts.SyntaxKind.SingleLineCommentTrivia) {
      const ownLine = /^\s*$/.test(file.text.slice(file.getPositionOfLineAndCharacter(line - 1, 0), pos));
      if (!ownLine || pending.at(-1)?.line !== line - 1) flush();
      pending.push({ text: text.replace(/^\/\/+/, ''), line });
      if (!ownLine) flush();
    } else {
      flush();
      const lines = text
        .replace(/^\/\*+/, '')
        .replace(/\*+\/$/, '')
        .split('\n');
      paragraphs.push(
        ...paragraphsOf(lines.map((each, index) => ({ text: each.replace(/^\s*\*/, ''), line: line + index }))),
      );
    }
  }
  flush();
  return paragraphs;
}

/** Asks the scanner for the trivia of each token: a `//` within a string, a pattern or JSX text is no comment. */
function commentsOf(file: ts.SourceFile): ts.CommentRange[] {
  const found = new Map<number, ts.CommentRange>();
  function visit(node: ts.Node): void {
    if (ts.isJsxText(node)) return;
    const tokens = node.getChildren(file);
    if (tokens.length > 0 && !ts.isJSDoc(node)) {
      tokens.forEach(visit);
      return;
    }
    const ranges = [
      ...(ts.getLeadingCommentRanges(file.text, node.getFullStart()) ?? []),
      ...(followsJsxText(node) ? [] : (ts.getTrailingCommentRanges(file.text, node.getEnd()) ?? [])),
    ];
    for (const range of ranges) found.set(range.pos, range);
  }
  visit(file);
  return [...found.values()].sort((one, other) => one.pos - other.pos);
}

/** The end of a tag or an expression within JSX: the text of the page comes next, not trivia. */
function followsJsxText(token: ts.Node): boolean {
  return (
    (token.kind === ts.SyntaxKind.GreaterThanToken || token.kind === ts.SyntaxKind.CloseBraceToken) &&
    (ts.isJsxOpeningLikeElement(token.parent) ||
      ts.isJsxClosingElement(token.parent) ||
      ts.isJsxOpeningFragment(token.parent) ||
      ts.isJsxClosingFragment(token.parent) ||
      ts.isJsxExpression(token.parent))
  );
}

function isTitled(call: ts.CallExpression): boolean {
  let callee: ts.Expression = call.expression;
  // `it.each(rows)(title)`, `` it.each`rows`(title) `` and `describe.skip(title)`; `it.each(rows)` itself has no title.
  if (ts.isPropertyAccessExpression(callee) && callee.name.text === 'each') return false;
  while (!ts.isIdentifier(callee)) {
    if (ts.isCallExpression(callee) || ts.isPropertyAccessExpression(callee)) callee = callee.expression;
    else if (ts.isTaggedTemplateExpression(callee)) callee = callee.tag;
    else return false;
  }
  return TITLED.has(callee.text);
}

const isText = (node: ts.Node): boolean =>
  ts.isStringLiteralLike(node) ||
  ts.isTemplateExpression(node) ||
  (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken);

const isOutermostText = (node: ts.Node): boolean =>
  isText(node) && !isText(node.parent) && !ts.isTaggedTemplateExpression(node.parent);

/** The text of a string, a template or a sum of them, with `…` in place of values; undefined for other nodes. */
function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node)) {
    return node.head.text + node.templateSpans.map((span) => `…${span.literal.text}`).join('');
  }
  if (isText(node) && ts.isBinaryExpression(node)) {
    return (textOf(node.left) ?? '…') + (textOf(node.right) ?? '…');
  }
  return undefined;
}

const isMessage = (text: string): boolean => /^\p{Lu}/u.test(text) && text.split(/\s+/).length >= WORDS_OF_A_MESSAGE;

const linesOf = (text: string, first: number): Paragraph[] =>
  paragraphsOf(text.split('\n').map((each, index) => ({ text: each, line: first + index })));
