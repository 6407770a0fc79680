import { readFileSync } from 'node:fs';
import ts from 'typescript';

const DECLARES = /^(it|test|describe|describeOnRoutes|describeOnStores)(\.each\b.*)?$/s;
/** Placeholders that Jest fills in: `%s`, `%j`, `$name`. */
const HOLE = /%[a-z]|\$\w+/g;

/** The titles of a test file, and the values in its tables. */
export interface TestFile {
  /** Returns true if a test or a suite has this title, as Jest prints it. */
  has(title: string): boolean;
}

export function readTestFile(path: string): TestFile {
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest);
  const titles: RegExp[] = [];
  const values: RegExp[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && DECLARES.test(node.expression.getText(source))) {
      const title = patternOf(node.arguments[0], true);
      if (title) titles.push(title);
    }
    const value = patternOf(ts.isPropertyAssignment(node) || ts.isMethodDeclaration(node) ? node.name : node, false);
    if (value) values.push(value);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return {
    has: (title) =>
      titles.some((pattern) => {
        const found = pattern.exec(title);
        if (!found) return false;
        const filled = found.slice(1).filter((part) => part !== undefined);
        // Computed values of a table are not in the file as they are printed, so one value of a row must be.
        return filled.length === 0 || filled.some((part) => values.some((value) => value.test(part)));
      }),
  };
}

/** Returns a pattern for the text of a literal; undefined for other nodes. @param withHoles true if Jest fills it in */
function patternOf(node: ts.Node | undefined, withHoles: boolean): RegExp | undefined {
  if (node === undefined) return undefined;
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return exactly(node.text, withHoles);
  if (ts.isNumericLiteral(node) || ts.isIdentifier(node)) return withHoles ? undefined : exactly(node.text, false);
  if (!ts.isTemplateExpression(node)) return undefined;
  const parts = [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)];
  // A template with only placeholders and punctuation would match anything.
  if (!/\w/.test(parts.join(''))) return undefined;
  return new RegExp(`^${parts.map((part) => escaped(part)).join('(?:.+)')}$`, 's');
}

function exactly(text: string, withHoles: boolean): RegExp {
  if (!withHoles) return new RegExp(`^${escaped(text)}$`);
  return new RegExp(`^${text.split(HOLE).map(escaped).join('(.+)')}$`, 's');
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`);
}
