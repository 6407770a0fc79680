import type { CodegenConfig } from '@graphql-codegen/cli';

const plugins = ['typescript-operations', 'typed-document-node'];
const config = {
  enumsAsTypes: true,
  useTypeImports: true,
  strictScalars: true,
  scalars: { DateTime: 'string' },
};

/** The rooms of the console: each has its own operations, so that a page loads those of no other. */
const consoleRooms = [
  'account',
  'admin/audit',
  'admin/clients',
  'admin/dashboard',
  'admin/keys',
  'admin/subgraphs',
  'admin/users',
  'sign_in',
];

/** Typed documents for clients, from the emitted schema and the operations beside it. The test suite is the first. */
const codegen: CodegenConfig = {
  schema: 'schema/schema.graphql',
  generates: {
    'schema/documents.ts': { documents: 'schema/operations/*.graphql', plugins, config },
    ...Object.fromEntries(
      consoleRooms.map((room) => [
        `web/console/${room}/documents.ts`,
        { documents: `web/console/${room}/*.graphql`, plugins, config },
      ]),
    ),
    // The client kit's own: as text, because whoever installs it need not have graphql.
    'packages/client/src/operations.ts': {
      documents: 'packages/client/src/operations.graphql',
      plugins,
      config: { ...config, documentMode: 'string' },
    },
  },
  hooks: { afterAllFileWrite: ['prettier --write'] },
};
export default codegen;
