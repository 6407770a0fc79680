import { type ASTNode, type ConstDirectiveNode, type DocumentNode, Kind, visit } from 'graphql';
import { namesBy, schemaDirectives, type SecurityNames } from './directives.ts';
import { requirementsIn } from './requirements.ts';

/** What stands on each coordinate of a schema: `Type`, `Type.field`, `Type.field.argument`. */
type Coordinates = ReadonlyMap<string, readonly ConstDirectiveNode[]>;

/**
 * What subgraphs ask for and a composed supergraph does not: composition silently leaves out a protecting directive that
 * a schema defines by itself, links from elsewhere than federation, or puts where it does not look, and its field would be
 * everybody's. Proven by coordinate, because nobody knows all ways to lose one. Where subgraphs ask different things of
 * one coordinate, all of them must be asked for.
 * @returns in words for an operator; nothing where nothing was lost
 */
export function lostDirectives(
  subgraphs: readonly { readonly name: string; readonly typeDefs: DocumentNode }[],
  supergraph: DocumentNode,
): string[] {
  const [composed, composedNames] = [coordinatesOf(supergraph), namesOf(supergraph)];
  return subgraphs.flatMap(({ name, typeDefs }) => {
    const names = namesOf(typeDefs);
    return [...coordinatesOf(typeDefs)].flatMap(([coordinate, directives]) => {
      const found = composed.get(coordinate);
      return directives
        .filter((directive) => !isKept(directive, names, found, composedNames))
        .map((directive) => `${name} has @${directive.name.value} on ${coordinate}, but composition removed it`);
    });
  });
}

/** Whether what was composed asks at least what was asked. */
function isKept(
  asked: ConstDirectiveNode,
  names: SecurityNames,
  composed: readonly ConstDirectiveNode[] | undefined,
  composedNames: SecurityNames,
): boolean {
  const hides = ({ name }: ConstDirectiveNode, { inaccessible }: SecurityNames) => inaccessible.has(name.value);
  // What is not there at all (an argument that not every subgraph takes) is hidden well.
  if (hides(asked, names) && composed) return composed.some((one) => hides(one, composedNames));
  const demands = requirementsIn(composed ?? [], composedNames);
  return requirementsIn([asked], names).every(({ layer, anyOf }) =>
    demands.some(
      (demand) =>
        demand.layer === layer &&
        demand.anyOf.every((all) => anyOf.some((enough) => enough.every((one) => all.includes(one)))),
    ),
  );
}

function namesOf(document: DocumentNode): SecurityNames {
  return namesBy(schemaDirectives(document));
}

function coordinatesOf(schema: DocumentNode): Coordinates {
  const found = new Map<string, ConstDirectiveNode[]>();
  const roots = rootsOf(schema);
  visit(schema, {
    enter(node, _key, _parent, _path, ancestors) {
      if (!('directives' in node)) return;
      const [type = '', ...rest] = [...ancestors, node].flatMap((one) => ('kind' in one ? nameOf(one) : []));
      const coordinate = [roots.get(type) ?? type, ...rest].join('.');
      found.set(coordinate, [...(found.get(coordinate) ?? []), ...((node.directives ?? []) as ConstDirectiveNode[])]);
    },
  });
  return found;
}

function nameOf(node: ASTNode): string[] {
  if (node.kind === Kind.SCHEMA_DEFINITION || node.kind === Kind.SCHEMA_EXTENSION) return ['schema'];
  if (node.kind === Kind.DIRECTIVE_DEFINITION) return [`@${node.name.value}`];
  return 'name' in node && node.name ? [node.name.value] : [];
}

/** Composition calls root types by their usual names. */
function rootsOf({ definitions }: DocumentNode): ReadonlyMap<string, string> {
  const usual = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' };
  const roots = definitions.flatMap((one) => (one.kind === Kind.SCHEMA_DEFINITION ? one.operationTypes : []));
  return new Map(roots.map(({ operation, type }) => [type.name.value, usual[operation]]));
}
