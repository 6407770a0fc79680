import { GraphQLError, OperationTypeNode, type ValidationRule } from 'graphql';

/**
 * Refuses an operation that the schema has no root for. graphql-js finds that out only when it runs one, and then any
 * stranger's `subscription` would be answered and logged as a fault of ours. Subgraphs may have subscriptions, and nothing
 * here serves them.
 */
export const knownOperations: ValidationRule = (context) => ({
  OperationDefinition(node) {
    const isServed = node.operation !== OperationTypeNode.SUBSCRIPTION;
    if (isServed && context.getSchema().getRootType(node.operation)) return;
    context.reportError(new GraphQLError(`This server does not support ${node.operation}s`, { nodes: node }));
  },
});
