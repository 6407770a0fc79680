import { readFileSync } from 'node:fs';
import { buildASTSchema, parse } from 'graphql';
import type { Config } from '../../config/config.ts';
import type { GatewaySettings } from '../../gateway/settings.ts';
import { type Finding, type Look, reasonOf } from './finding.ts';

const check = 'subgraphs';
const PATIENCE_MS = 5_000;
const SCHEMA_QUERY = JSON.stringify({ query: '{ _service { sdl } }' });

/** Checks that subgraphs return their schemas, without an identity, or that the supergraph's file can be read. */
export function lookAtSubgraphs({ gateway }: Pick<Config, 'gateway'>): Look[] {
  if (gateway === null) return [];
  const { subgraphs, supergraphFile, policiesFile } = gateway;
  return [
    ...(subgraphs ?? []).map((subgraph) => ({ check, needs: ['SUBGRAPHS'], run: async () => [await ask(subgraph)] })),
    ...(supergraphFile === null
      ? []
      : [{ check, needs: ['SUPERGRAPH_FILE'], run: async () => [await readSupergraph(supergraphFile)] }]),
    ...(policiesFile === undefined
      ? []
      : [{ check: 'policies', needs: ['POLICIES_FILE'], run: async () => [await readPolicies(policiesFile)] }]),
  ];
}

async function ask({ name, url }: NonNullable<GatewaySettings['subgraphs']>[number]): Promise<Finding> {
  let answer;
  try {
    answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: SCHEMA_QUERY,
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch (error) {
    const todo = 'Start it, or correct its URL in SUBGRAPHS: the last good supergraph stays active until it responds.';
    return { check, state: 'warn', says: `${name} does not respond: ${reasonOf(error)}`, todo };
  }
  // A subgraph may require the gateway's signed identity, which the doctor does not send.
  if (answer.status === 401 || answer.status === 403) {
    return { check, state: 'note', says: `${name} responds, and refuses requests without an identity` };
  }
  const body = (await answer.json().catch(() => null)) as {
    data?: { _service?: { sdl?: unknown } | null } | null;
  } | null;
  if (typeof body?.data?._service?.sdl === 'string') return { check, state: 'ok', says: `${name} returns its schema` };
  return {
    check,
    state: 'warn',
    says: `${name} returns ${answer.status}, without _service { sdl }`,
    todo: 'Correct its URL in SUBGRAPHS, or make it an Apollo Federation 2 subgraph.',
  };
}

async function readSupergraph(file: string): Promise<Finding> {
  const { readJoin } = await import('../../gateway/composition/join.ts');
  try {
    const schema = buildASTSchema(parse(readFileSync(file, 'utf8')), { assumeValidSDL: true });
    const graphs = [...readJoin(schema).graphs.values()].map(({ name }) => name);
    if (graphs.length === 0) throw new Error('the schema has no subgraphs');
    return { check, state: 'ok', says: `SUPERGRAPH_FILE is composed of ${graphs.join(', ')}` };
  } catch (error) {
    const todo = "Write the composed supergraph to that file: without it, only Gatehouse's own graph is served.";
    return { check, state: 'fail', says: `SUPERGRAPH_FILE cannot be used: ${reasonOf(error)}`, todo };
  }
}

async function readPolicies(file: string): Promise<Finding> {
  const { loadPolicies } = await import('../../gateway/authorization/policies.ts');
  try {
    await loadPolicies(file);
    return { check: 'policies', state: 'ok', says: 'POLICIES_FILE can be loaded' };
  } catch (error) {
    return {
      check: 'policies',
      state: 'fail',
      says: reasonOf(error),
      todo: 'Correct POLICIES_FILE or its content.',
    };
  }
}
