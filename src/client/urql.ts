export * from 'gatehouse-client/urql';
