import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { composeServices } from '@theguild/federation-composition';
import { buildSchema, Kind, parse, validate } from 'graphql';
import ts from 'typescript';
import { parseAllDocuments } from 'yaml';
import { type Block, blocksOf, PAGES } from '../../support/markdown.ts';

/** The declarations that a page's TypeScript assumes, from its text or from other packages. */
const GIVEN: Readonly<Record<string, string>> = {
  'docs/subgraphs.md': `
    import type { IncomingMessage } from 'node:http';
    import type { GraphQLSchema } from 'graphql';
    import type { Express } from 'express';
    import type * as apollo from '@apollo/server';
    import type * as yoga from 'graphql-yoga';
    import type { createVerifier as create, Identity as Told, Verifier } from 'gatehouse-subgraph';
    import type { IdentityContext as Told2 } from 'gatehouse-subgraph/yoga';
    declare global {
      const request: Request, schema: GraphQLSchema, app: Express, verifier: Verifier, issuer: string;
      const server: apollo.ApolloServer<import('gatehouse-subgraph/apollo').IdentityContext>;
      const express: typeof import('express');
      const redis: import('ioredis').Redis;
      const ApolloServer: typeof apollo.ApolloServer;
      const createYoga: typeof yoga.createYoga;
      const createVerifier: typeof create;
      type Identity = Told;
      type IdentityContext = Told2;
    }`,
};
/** Packages that a reader has installed and this project has not. */
const ELSEWHERE = `
  declare module '@as-integrations/express5' { export const expressMiddleware: (...all: any[]) => import('express').RequestHandler }
  declare module '@graphql-hive/gateway' {
    type Propagate = (of: { request: Request; subgraphName: string }) => Record<string, string>;
    interface Config { propagateHeaders: { fromClientToSubgraphs: Propagate }; [setting: string]: unknown }
    export const defineConfig: (config: Config) => object;
  }`;

const scripts = Object.keys((JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: object }).scripts);
const schema = buildSchema(readFileSync('schema/schema.graphql', 'utf8'));
const blocks = PAGES.flatMap(blocksOf);
const of = (...languages: string[]) =>
  blocks
    .filter(({ language }) => languages.includes(language))
    .map((block) => [`${block.page}:${block.line}`, block] as const);

it('every block of a page is in a tested language', () => {
  // `printed.test.ts` and its neighbours run `console`, `store/pgbouncer.test.ts` uses `ini` and `sql`, and `text` is
  // for people.
  const tried = ['console', 'ini', 'sql', 'text', 'sh', 'graphql', 'yaml', 'json', 'js', 'ts', 'mermaid'];
  expect(blocks.filter(({ language }) => !tried.includes(language)).map(({ page, line }) => `${page}:${line}`)).toEqual(
    [],
  );
});

describe('shell', () => {
  it.each(of('sh'))('%s is valid for bash, and its scripts exist', (_place, { text }) => {
    execFileSync('bash', ['-n'], { input: text });
    const named = [...text.matchAll(/npm run (?:--\w+ )*([\w:]+)/g)].map(([, name]) => name!);
    expect(named.filter((name) => !scripts.includes(name))).toEqual([]);
  });
});

describe('GraphQL', () => {
  it.each(of('graphql'))('%s fits the schema', (_place, { text }) => {
    const document = parse(text);
    const [operations, types] = [
      document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION),
      document.definitions.filter(({ kind }) => kind !== Kind.OPERATION_DEFINITION),
    ];
    for (const operation of operations) {
      expect(validate(schema, { kind: Kind.DOCUMENT, definitions: [operation] })).toEqual([]);
    }
    if (types.length > 0) expect(composedWithOurs(text)).toEqual([]);
  });

  function composedWithOurs(text: string) {
    const directives = ['@key', '@external', '@provides', '@authenticated', '@requiresScopes'];
    const link = `@link(url: "https://specs.apollo.dev/federation/v2.9", import: ${JSON.stringify(directives)})`;
    const { errors = [] } = composeServices([
      { name: 'gatehouse', typeDefs: parse(readFileSync('schema/subgraph.graphql', 'utf8')) },
      { name: 'another', typeDefs: parse(`extend schema ${link}\n${text}`) },
    ]);
    return errors.map(({ message }) => message);
  }
});

describe('data', () => {
  // JSON is also YAML.
  it.each(of('yaml', 'json'))('%s can be read', (_place, { text }) => {
    expect(parseAllDocuments(text).flatMap(({ errors }) => errors)).toEqual([]);
  });
});

describe('code', () => {
  it.each(of('js'))('%s is a module', async (_place, { text }) => {
    expect(await import(`data:text/javascript,${encodeURIComponent(text)}`)).toHaveProperty('default');
  });

  it('in TypeScript type-checks', () => {
    const typed = blocks.filter(({ language }) => language === 'ts');
    expect(typed.length).toBeGreaterThan(5);
    // One program a page, because each page relies on its own declarations.
    const pages = [...new Set(typed.map(({ page }) => page))];
    expect(
      pages.flatMap((page) =>
        faultsOf(
          page,
          typed.filter((block) => block.page === page),
        ),
      ),
    ).toEqual([]);
  }, 120_000);
});

/** Returns the compiler's errors for the blocks of a page, each a module. */
function faultsOf(page: string, typed: readonly Block[]): string[] {
  const { config } = ts.readConfigFile('tsconfig.json', (path) => readFileSync(path, 'utf8')) as { config: object };
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [], include: [] }, ts.sys, process.cwd());
  const texts = new Map([
    [join(process.cwd(), 'given.d.ts'), `${GIVEN[page] ?? ''}\nexport {};`],
    [join(process.cwd(), 'elsewhere.d.ts'), ELSEWHERE],
    ...typed.map(({ line, text }) => [join(process.cwd(), `${page}.${line}.ts`), `${text}\nexport {};`] as const),
  ]);
  // A reader's program may have names that are unused here, and a browser page has the DOM.
  const host = ts.createCompilerHost({ ...options });
  const { getSourceFile, fileExists, readFile } = host;
  host.getSourceFile = (path, ...rest) =>
    texts.has(path) ? ts.createSourceFile(path, texts.get(path)!, rest[0]) : getSourceFile(path, ...rest);
  host.fileExists = (path) => texts.has(path) || fileExists(path);
  host.readFile = (path) => texts.get(path) ?? readFile(path);
  const program = ts.createProgram(
    [...texts.keys()],
    { ...options, noUnusedLocals: false, lib: ['lib.es2024.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'] },
    host,
  );
  return ts
    .getPreEmitDiagnostics(program)
    .filter(({ file }) => file !== undefined && texts.has(file.fileName))
    .map(({ file, messageText, start }) => {
      const { line } = ts.getLineAndCharacterOfPosition(file!, start!);
      return `${file!.fileName.slice(process.cwd().length + 1)}+${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    });
}
