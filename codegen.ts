import type { CodegenConfig } from '@graphql-codegen/cli';

/** Typed documents for clients, from the emitted schema and the operations beside it. The test suite is the first. */
const config: CodegenConfig = {
  schema: 'schema/schema.graphql',
  generates: {
    'schema/documents.ts': {
      documents: 'schema/operations/*.graphql',
      plugins: ['typescript-operations', 'typed-document-node'],
      config: {
        enumsAsTypes: true,
        useTypeImports: true,
        strictScalars: true,
        scalars: { DateTime: 'string' },
      },
    },
    // The client kit's own: as text, because whoever installs it need not have graphql.
    'src/client/operations.ts': {
      documents: 'src/client/operations.graphql',
      plugins: ['typescript-operations', 'typed-document-node'],
      config: {
        enumsAsTypes: true,
        useTypeImports: true,
        strictScalars: true,
        scalars: { DateTime: 'string' },
        documentMode: 'string',
      },
    },
  },
  hooks: { afterAllFileWrite: ['prettier --write'] },
};
export default config;
