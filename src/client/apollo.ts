export * from 'gatehouse-client/apollo';
