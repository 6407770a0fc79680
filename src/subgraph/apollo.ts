export * from 'gatehouse-subgraph/apollo';
