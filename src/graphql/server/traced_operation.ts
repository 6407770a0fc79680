import type { ApolloServerPlugin } from '@apollo/server';
import type { OperationDefinitionNode } from 'graphql';
import type { Tracing } from '../../kernel/tracing.ts';
import type { Context } from './context.ts';

/** A name is the client's to choose, and a trace is not the place for a long one. */
const LONGEST_NAME = 64;

type NoteOperation = (operation: OperationDefinitionNode, context: Pick<Context, 'noteOperation'>) => void;

/** Notes which operation is under way, by type and name: its document and its variables carry passwords. */
export function noteOperation(tracing: Tracing): NoteOperation {
  return ({ operation, name: chosen }, context) => {
    const name = chosen?.value.slice(0, LONGEST_NAME);
    if (name !== undefined) context.noteOperation?.(name);
    tracing.note({
      'graphql.operation.type': operation,
      ...(name === undefined ? {} : { 'graphql.operation.name': name }),
    });
  };
}

/** The same of the operations that Apollo executes, and the codes of their errors. */
export function operationTracing(tracing: Tracing): ApolloServerPlugin<Context> {
  const note = noteOperation(tracing);
  return {
    requestDidStart: async () => ({
      didResolveOperation: async ({ operation, contextValue }) => void (operation && note(operation, contextValue)),
      async willSendResponse({ response: { body }, contextValue }) {
        if (body.kind !== 'single') return;
        for (const { extensions } of body.singleResult.errors ?? []) {
          if (typeof extensions?.['code'] === 'string') contextValue.noteCode?.(extensions['code']);
        }
      },
    }),
  };
}
