import { GraphQLError, OperationTypeNode, type ValidationRule } from 'graphql';

/**
 * Refuses an operation type that the schema has no root for. graphql-js detects it only at execution. Threat: any
 * client's `subscription` would be logged as a server fault. Subscriptions of subgraphs are refused too, because this
 * server does not serve them.
 */
export const knownOperations: ValidationRule = (context) => ({
  OperationDefinition(node) {
    const isServed = node.operation !== OperationTypeNode.SUBSCRIPTION;
    if (isServed && context.getSchema().getRootType(node.operation)) return;
    context.reportError(new GraphQLError(`This server does not support ${node.operation}s`, { nodes: node }));
  },
});
