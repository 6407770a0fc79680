/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
export type SubgraphState = 'DOWN' | 'UP';

export type SupergraphState =
  /** The newest supergraph is active. */
  | 'OK'
  /** The newest supergraph does not compose. The last valid one stays active. */
  | 'STALE'
  /** No supergraph was ever loaded. Only the schema of Gatehouse is served. */
  | 'UNAVAILABLE';

export type SupergraphQueryVariables = Exact<{ [key: string]: never }>;

export type SupergraphQuery = {
  supergraph: {
    state: SupergraphState;
    reason: string | null;
    changedAt: string | null;
    subgraphs: Array<{
      name: string;
      url: string;
      composed: boolean;
      state: SubgraphState;
      reason: string | null;
      milliseconds: number | null;
    }>;
  } | null;
};

export const SupergraphDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'query',
      name: { kind: 'Name', value: 'Supergraph' },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'supergraph' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'state' } },
                { kind: 'Field', name: { kind: 'Name', value: 'reason' } },
                { kind: 'Field', name: { kind: 'Name', value: 'changedAt' } },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'subgraphs' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'url' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'composed' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'state' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'reason' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'milliseconds' } },
                    ],
                  },
                },
              ],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<SupergraphQuery, SupergraphQueryVariables>;
