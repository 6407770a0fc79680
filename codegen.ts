import { globSync } from 'node:fs';
import { dirname } from 'node:path';
import type { CodegenConfig } from '@graphql-codegen/cli';

const plugins = ['typescript-operations', 'typed-document-node'];
const config = {
  enumsAsTypes: true,
  useTypeImports: true,
  strictScalars: true,
  scalars: { DateTime: 'string', JSON: 'unknown' },
};

/** The folders of the console that have operations: each has documents of its own, so that a page loads no others. */
const consoleRooms = [...new Set(globSync('web/console/**/*.graphql').map((file) => dirname(file)))];

/** Typed documents for clients, from the emitted schema and the operations beside it. The test suite is the first. */
const codegen: CodegenConfig = {
  schema: 'schema/schema.graphql',
  generates: {
    'schema/documents.ts': { documents: 'schema/operations/*.graphql', plugins, config },
    ...Object.fromEntries(
      consoleRooms.map((room) => [`${room}/documents.ts`, { documents: `${room}/*.graphql`, plugins, config }]),
    ),
    // The documents of the client kit are text: a program that installs it may not have graphql.
    'packages/client/src/operations.ts': {
      documents: 'packages/client/src/operations.graphql',
      plugins,
      config: { ...config, documentMode: 'string' },
    },
  },
  hooks: { afterAllFileWrite: ['prettier --write'] },
};
export default codegen;
