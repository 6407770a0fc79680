import { ApolloServer } from '@apollo/server';
import { expressMiddleware } from '@as-integrations/express5';
import express from 'express';

/** The floor: Apollo Server behind Express as its documentation shows it, one field, no sign-in, no log. */
const apollo = new ApolloServer({
  typeDefs: 'type Query { hello: String! }',
  resolvers: { Query: { hello: () => 'Hello' } },
});
await apollo.start();
express()
  .get('/ready', (_request, response) => void response.sendStatus(200))
  .use('/graphql', express.json(), expressMiddleware(apollo))
  .listen(Number(process.env['PORT']), '127.0.0.1');
