import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { ApolloServer } from '@apollo/server';
import { parse } from 'graphql';
import { createApollo } from '../../src/graphql/server/apollo.ts';
import type { Context } from '../../src/graphql/server/context.ts';
import { DocumentStore } from '../../src/graphql/server/document_store.ts';
import { createErrorFormat } from '../../src/graphql/server/errors.ts';
import { buildShieldedSchema } from '../../src/graphql/schema/schema.ts';
import { createLog } from '../../src/kernel/log.ts';
import type { UseCases } from '../../src/application/use_cases.ts';
import { logFile } from '../support/log_file.ts';

let apollo: ApolloServer<Context>;
const ran = { parsed: 0, validated: 0 };
beforeAll(async () => {
  apollo = createApollo({
    credentials: new Set(),
    served: {
      schema: buildShieldedSchema({} as UseCases, {
        registrationOpen: false,
        passkeys: true,
        passwordReset: false,
        factors: { allowed: true, required: [] },
        supergraph: async () => null,
      }),
    },
    introspection: false,
    production: true,
    charge: async () => {},
    documents: new DocumentStore(),
    formatError: createErrorFormat(createLog('info', logFile()), () => {}),
    log: createLog('info', logFile()),
  });
  apollo.addPlugin({
    requestDidStart: async () => ({
      parsingDidStart: async () => void (ran.parsed += 1),
      validationDidStart: async () => void (ran.validated += 1),
    }),
  });
  await apollo.start();
});
afterAll(() => apollo.stop());

/** Returns how often a document is parsed and validated in three requests. */
async function runs(query: string): Promise<typeof ran> {
  Object.assign(ran, { parsed: 0, validated: 0 });
  for (let time = 0; time < 3; time += 1) await apollo.executeOperation({ query });
  return { ...ran };
}

it('parses and validates a document once', async () => {
  expect(await runs('query Once { __typename }')).toEqual({ parsed: 1, validated: 1 });
});

it('does not keep a refused document', async () => {
  expect(await runs('{ nothing }')).toEqual({ parsed: 3, validated: 3 });
  expect(await runs('{')).toEqual({ parsed: 3, validated: 0 });
});

/** Returns the numbers of the documents that are still stored after all were added. */
async function kept(count: number, documentOf: (n: number) => string): Promise<number[]> {
  const store = new DocumentStore();
  for (let n = 0; n < count; n += 1) await store.set(`${n}`, parse(documentOf(n)));
  return store.keys().map(Number);
}

it('keeps a large document, but none so large that a few would evict all others', async () => {
  const fields = (count: number) => `{ ${'me { id } '.repeat(count)} }`;
  expect(await kept(1, () => fields(200))).toEqual([0]);
  expect(await kept(1, () => fields(500))).toEqual([]);
});

it('evicts the oldest documents if their padding, which is in no tree, exceeds 32 MiB', async () => {
  const padded = await kept(400, (n) => `{ a${n}: __typename }`.padEnd(99_000));
  expect(padded.length).toBeGreaterThan(100);
  expect(padded.length).toBeLessThan((32 * 1024 * 1024) / (2 * 99_000));
  expect(Math.min(...padded)).toBe(400 - padded.length);
});
