import type { ApolloServerPlugin } from '@apollo/server';
import type { OperationDefinitionNode } from 'graphql';
import type { Tracing } from '../../kernel/tracing.ts';
import type { Context } from './context.ts';

/** The most characters of an operation name in a trace. The client chooses the name. */
const LONGEST_NAME = 64;

type NoteOperation = (operation: OperationDefinitionNode, context: Pick<Context, 'noteOperation'>) => void;

/** Notes the type and the name of an operation. Threat: its document and its variables contain passwords. */
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

/** Creates the plugin that notes the operations that Apollo executes, and the codes of their errors. */
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
