import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { createVerifier } from 'gatehouse-subgraph';
import { type IdentityContext, useIdentity } from 'gatehouse-subgraph/yoga';
import { GraphQLError, parse } from 'graphql';
import { createYoga } from 'graphql-yoga';

/** The subgraph `reviews`, on GraphQL Yoga. Node runs this file as it is. */
const { REVIEWS_PORT = '4002', GATEWAY_URL = 'http://127.0.0.1:4000' } = process.env;

interface Review {
  readonly id: string;
  readonly sku: string;
  readonly username: string;
  readonly body: string;
  readonly moderation: string | null;
}

const reviews: Review[] = [
  { id: '1', sku: 'lantern', username: 'kandi', body: 'Bright, and it keeps the moths busy.', moderation: null },
  { id: '2', sku: 'key', username: 'admin', body: 'Fits the gate. I should know.', moderation: 'Not impartial' },
];

const resolvers = {
  Query: {
    latestReviews: () => reviews.toReversed(),
  },
  Mutation: {
    addReview(_: unknown, { sku, body }: { sku: string; body: string }, { identity }: IdentityContext) {
      if (identity.anonymous) throw new GraphQLError('Reviews are signed', { extensions: { code: 'FORBIDDEN' } });
      if (body.trim() === '')
        throw new GraphQLError('A review says something', { extensions: { code: 'BAD_USER_INPUT' } });
      const review = { id: `${reviews.length + 1}`, sku, username: identity.subject, body, moderation: null };
      reviews.push(review);
      return review;
    },
  },
  Review: {
    __resolveReference: ({ id }: { id: string }) => reviews.find((review) => review.id === id),
    author: ({ username }: Review) => ({ username }),
    product: ({ sku }: Review) => ({ sku }),
  },
  Product: {
    reviews: ({ sku }: { sku: string }) => reviews.filter((review) => review.sku === sku),
  },
  User: {
    reviews: ({ username }: { username: string }) => reviews.filter((review) => review.username === username),
  },
};

const typeDefs = parse(readFileSync(new URL('schema.graphql', import.meta.url), 'utf8'));
const yoga = createYoga({
  schema: buildSubgraphSchema([{ typeDefs, resolvers }]),
  plugins: [useIdentity(createVerifier({ issuer: GATEWAY_URL, subgraph: 'reviews' }))],
  graphiql: false,
});

createServer((request, response) => void yoga(request, response)).listen(Number(REVIEWS_PORT), '127.0.0.1', () =>
  process.stdout.write(`reviews: http://127.0.0.1:${REVIEWS_PORT}/graphql\n`),
);
