import type { ApolloServerPlugin } from '@apollo/server';
import type { OperationDefinitionNode } from 'graphql';
import type { Tracing } from '../kernel/tracing.ts';
import type { Context } from './context.ts';

/** A name is the client's to choose, and a trace is not the place for a long one. */
const LONGEST_NAME = 64;

type NoteOperation = (operation: OperationDefinitionNode, context: Pick<Context, 'noteOperation'>) => void;

/** Tells which operation is under way, by type and name: its document and its variables carry passwords. */
export function noteOperation(tracing: Tracing): NoteOperation {
  return ({ operation, name }, context) => {
    if (name) context.noteOperation?.(name.value.slice(0, LONGEST_NAME));
    tracing.note({
      'graphql.operation.type': operation,
      ...(name ? { 'graphql.operation.name': name.value.slice(0, LONGEST_NAME) } : {}),
    });
  };
}

/** The same, of what Apollo executes. */
export function operationTracing(tracing: Tracing): ApolloServerPlugin<Context> {
  const note = noteOperation(tracing);
  return {
    requestDidStart: async () => ({
      didResolveOperation: async ({ operation, contextValue }) => void (operation && note(operation, contextValue)),
    }),
  };
}
