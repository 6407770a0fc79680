import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { composeServices } from '@theguild/federation-composition';
import { buildSchema, type DocumentNode, type GraphQLSchema, parse, specifiedRules, validate } from 'graphql';
import { createGateway, type Gateway } from '../../../src/gateway/gateway.ts';
import { createGatewayMetrics } from '../../../src/gateway/metrics.ts';
import { createOperationCache } from '../../../src/gateway/analysis/operation_cache.ts';
import { securityNames } from '../../../src/gateway/composition/directives.ts';
import { readOwnership } from '../../../src/gateway/composition/ownership.ts';
import { publicSchema } from '../../../src/gateway/composition/public_schema.ts';
import { readRequirements } from '../../../src/gateway/composition/requirements.ts';
import { systemClock } from '../../../src/kernel/clock.ts';
import { createLog } from '../../../src/kernel/log.ts';
import { createMetrics } from '../../../src/kernel/metrics.ts';
import { LINK } from '../../support/subgraphs.ts';
import { until } from '../../support/until.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const MIB = 1024 * 1024;

const compose = (text: string): string => {
  const result = composeServices([{ name: 'one', url: 'http://127.0.0.1:1', typeDefs: parse(LINK + text) }]);
  if (result.errors) throw new Error(result.errors.map(({ message }) => message).join('\n'));
  return result.supergraphSdl;
};

/** Creates a gateway whose supergraph differs at every load. */
async function changing(looks: number): Promise<{ gateway: Gateway; next: () => Promise<void> }> {
  let at = 0;
  let arrived: () => void = () => {};
  const log = createLog('silent');
  const gateway = await createGateway({
    source: {
      load: async () => {
        arrived();
        at = Math.min(at + 1, looks);
        return compose(`type Query { a${at}: Int }`);
      },
    },
    alone: { load: async () => compose('type Query { a: Int }') },
    last: { load: async () => null, save: async () => undefined },
    pollSeconds: 0.01,
    graph: {
      own: buildSchema('type Query { a: Int }'),
      checkOwn: () => [],
      fetch: () => Promise.reject(new Error('nobody asks')),
      callers: undefined as never,
      policies: new Map(),
      unauthorized: 'filter',
      planner: 'native',
      onRefused: () => undefined,
      log,
    },
    metrics: createGatewayMetrics(createMetrics()),
    clock: systemClock,
    log,
  });
  return { gateway, next: () => new Promise((resolve) => (arrived = resolve)) };
}

describe('caches', () => {
  it('no graph that is not in force any more, whatever documents were asked of it', async () => {
    const { gateway, next } = await changing(20);
    const schemas: WeakRef<GraphQLSchema>[] = [];
    // Keeps documents as Apollo's store does.
    const documents: DocumentNode[] = [];
    gateway.apollo.onSchemaLoadOrUpdate(({ apiSchema }) => {
      const document = parse('{ __typename }');
      validate(apiSchema, document, [...specifiedRules, gateway.validationRule]);
      documents.push(document);
      schemas.push(new WeakRef(apiSchema));
    });
    while (schemas.length < 15) await next();
    await gateway.stop();
    await until(
      () => {
        collect();
        return schemas.filter((schema) => schema.deref()).length;
      },
      (kept) => kept < 4,
    );
    expect(documents.length).toBe(schemas.length);
  });

  it('hold operations by their size instead of their number', () => {
    const whole = buildSchema(compose('type Query { me: Me } type Me { id: ID! me: Me }'), { assumeValidSDL: true });
    const names = securityNames(whole);
    const schema = publicSchema(whole, names);
    const operations = createOperationCache({
      schema,
      requirements: readRequirements(whole, names),
      ownership: readOwnership(whole),
    });
    // Short documents of 4,000 selections each.
    const documents = Array.from({ length: 150 }, (_, i) =>
      parse(
        `{ ...A ...A q${i}: me { id } } fragment A on Query { ${'...B '.repeat(20)} } fragment B on Query { ${'me { id } '.repeat(50)} }`,
      ),
    );
    collect();
    const before = process.memoryUsage().heapUsed;
    for (const document of documents) operations.planned(operations.of(document, null)!, new Set());
    collect();
    expect((process.memoryUsage().heapUsed - before) / MIB).toBeLessThan(100);
    const [last] = documents.slice(-1);
    expect(operations.of(last!, null)).toBe(operations.of(last!, null));
  });
});
