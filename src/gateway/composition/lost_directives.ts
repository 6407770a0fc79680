import { type ASTNode, type ConstDirectiveNode, type DocumentNode, Kind, visit } from 'graphql';
import { namesBy, schemaDirectives, type SecurityNames } from './directives.ts';
import { requirementsIn } from './requirements.ts';

/** The directives on each coordinate of a schema: `Type`, `Type.field`, `Type.field.argument`. */
type Coordinates = ReadonlyMap<string, readonly ConstDirectiveNode[]>;

/**
 * Finds the protecting directives of subgraphs that the composed supergraph lacks. Composition silently drops a
 * directive that a schema defines itself, links from another place than federation, or puts on an unexpected
 * coordinate; the field would be public. This check compares coordinates, because the ways to lose a directive are not
 * all known. If subgraphs have different directives on one coordinate, the supergraph must enforce all of them.
 * @returns one sentence for the operator per lost directive
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
        .filter((directive) => !isKept({ directive, names }, { directives: found, names: composedNames }))
        .map((directive) => `${name} has @${directive.name.value} on ${coordinate}, but composition removed it`);
    });
  });
}

/** Returns true if the composed directives require at least as much as the requested one. */
function isKept(
  { directive: asked, names }: { readonly directive: ConstDirectiveNode; readonly names: SecurityNames },
  composed: { readonly directives: readonly ConstDirectiveNode[] | undefined; readonly names: SecurityNames },
): boolean {
  const { directives } = composed;
  const hides = ({ name }: ConstDirectiveNode, { inaccessible }: SecurityNames) => inaccessible.has(name.value);
  // A coordinate that composition removed, such as an argument that only some subgraphs take, is hidden already.
  if (hides(asked, names) && directives) return directives.some((one) => hides(one, composed.names));
  const demands = requirementsIn(directives ?? [], composed.names);
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
    // eslint-disable-next-line @typescript-eslint/max-params -- graphql-js calls visitors with five arguments
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

/** Maps root types to the standard names that composition gives them. */
function rootsOf({ definitions }: DocumentNode): ReadonlyMap<string, string> {
  const usual = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' };
  const roots = definitions.flatMap((one) => (one.kind === Kind.SCHEMA_DEFINITION ? one.operationTypes : []));
  return new Map(roots.map(({ operation, type }) => [type.name.value, usual[operation]]));
}
