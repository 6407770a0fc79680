import { expect, it } from '@jest/globals';
import { globSync, readFileSync } from 'node:fs';
import ts from 'typescript';

/** Written by `npm run generate:types`, and named by the operations that it is made from. */
const GENERATED = ['packages/client/src/operations.ts'];

const isType = (node: ts.Node) =>
  ts.isInterfaceDeclaration(node) ||
  ts.isTypeAliasDeclaration(node) ||
  ts.isClassDeclaration(node) ||
  ts.isEnumDeclaration(node);

/** Returns the files that declare a type, by its name. */
function readDeclarations(files: readonly string[]): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const file of files) {
    const visit = (node: ts.Node): void => {
      if (isType(node) && node.name) {
        const known = found.get(node.name.text) ?? new Set();
        found.set(node.name.text, known.add(file));
      }
      ts.forEachChild(node, visit);
    };
    visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest));
  }
  return found;
}

it('no type name is declared in two files', () => {
  const files = globSync(['src/**/*.ts', 'packages/*/src/**/*.ts']).filter((file) => !GENERATED.includes(file));
  expect(files.length).toBeGreaterThan(300);
  const repeated = [...readDeclarations(files)].filter(([, declaring]) => declaring.size > 1);
  expect(repeated.map(([name, declaring]) => `${name}: ${[...declaring].sort().join(', ')}`).sort()).toEqual([]);
});
