/** `gatehouse/client` under its former path. The package is `gatehouse-client`. */
export * from 'gatehouse-client';
