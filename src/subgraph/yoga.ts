export * from 'gatehouse-subgraph/yoga';
