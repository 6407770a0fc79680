import { readFile } from 'node:fs/promises';
import { composeServices } from '@theguild/federation-composition';
import { parse } from 'graphql';
import { schemaDirectives, unknownFeature } from './directives.ts';
import { refuseEmptyLists } from './empty_lists.ts';
import { lostDirectives } from './lost_directives.ts';
import { OWN } from './ownership.ts';
import { SupergraphError } from './supergraph_error.ts';

/** The state of the supergraph: the newest is active, an older one is active, or none was ever loaded. */
export interface SupergraphStatus {
  readonly state: 'ok' | 'stale' | 'unavailable';
  /** The reason why the newest supergraph is not active. Safe to show to strangers. */
  readonly reason?: string;
}

export interface SubgraphAddress {
  readonly name: string;
  readonly url: string;
}

/** The source of the supergraph: a file, or the schemas of the subgraphs composed with our schema. */
export interface SupergraphSource {
  /** Returns the current supergraph in SDL. @throws SupergraphError */
  load(): Promise<string>;
}

/** Reads a supergraph that was composed elsewhere. */
export function fromFile(path: string): SupergraphSource {
  return {
    async load() {
      try {
        return await readFile(path, 'utf8');
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
        throw new SupergraphError('the file cannot be read', `SUPERGRAPH_FILE: cannot be read (${code})`, error);
      }
    },
  };
}

/**
 * Composes the schemas of subgraphs with the gateway's own schema.
 * @param own our schema in SDL, with its federation directives
 * @param fetchSchema asks a subgraph for its schema
 */
export function fromSubgraphs(
  subgraphs: readonly SubgraphAddress[],
  own: string,
  fetchSchema: (subgraph: SubgraphAddress) => Promise<string>,
): SupergraphSource {
  /** The result of the last composition. Unchanged schemas are not composed again, whether they succeeded or failed. */
  let composed: { readonly from: string; readonly outcome: () => string } | undefined;

  async function schemaOf(subgraph: SubgraphAddress): Promise<string> {
    try {
      return await fetchSchema(subgraph);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new SupergraphError(`${subgraph.name}: no schema`, `The schema of ${subgraph.name}: ${message}`, error);
    }
  }

  return {
    async load() {
      const schemas = await Promise.all(subgraphs.map(schemaOf));
      const from = JSON.stringify(schemas);
      if (composed?.from !== from) composed = { from, outcome: settle(() => compose(subgraphs, schemas, own)) };
      return composed.outcome();
    },
  };
}

/** Runs the work once. Returns a function that repeats its result or its error. */
function settle<T>(work: () => T): () => T {
  try {
    const value = work();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

function compose(subgraphs: readonly SubgraphAddress[], schemas: readonly string[], own: string): string {
  const services = [
    { name: OWN, url: '', typeDefs: parsed(OWN, own) },
    ...subgraphs.map(({ name, url }, at) => ({ name, url, typeDefs: parsed(name, schemas[at]!) })),
  ];
  for (const { name, typeDefs } of services) {
    // Composition would silently drop the feature.
    const unknown = unknownFeature(schemaDirectives(typeDefs));
    if (unknown === null) continue;
    throw new SupergraphError('composition: UNKNOWN_FEATURE', `${name} requires ${unknown}, which is not supported`);
  }
  const result = composeServices(services);
  if (!result.errors) {
    const lost = lostDirectives(services, parse(result.supergraphSdl, { noLocation: true }));
    if (lost.length === 0) return result.supergraphSdl;
    throw new SupergraphError('composition: DIRECTIVE_LOST', lost.join('\n'));
  }
  const codes = [
    ...new Set(
      result.errors.map(({ extensions }) =>
        typeof extensions['code'] === 'string' ? extensions['code'] : 'INVALID_GRAPHQL',
      ),
    ),
  ];
  const messages = result.errors.map(({ message }) => message).join('\n');
  throw new SupergraphError(`composition: ${codes.join(', ')}`, `The subgraphs do not compose:\n${messages}`);
}

function parsed(name: string, schema: string) {
  try {
    const document = parse(schema, { noLocation: true });
    refuseEmptyLists(document);
    return document;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new SupergraphError(`${name}: no schema`, `The schema of ${name}: ${why}`, error);
  }
}
