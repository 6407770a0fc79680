/** `gatehouse/subgraph` under its former path. The package is `gatehouse-subgraph`. */
export * from 'gatehouse-subgraph';
