import { composeServices } from '@theguild/federation-composition';
import { buildASTSchema, type DocumentNode, type GraphQLSchema, parse, visit } from 'graphql';
import { LINK, startSubgraph, type Subgraph } from '../../../support/subgraphs.ts';
import { emitSubgraph } from '../../../../src/graphql/schema/schema.ts';
import { abstract } from './families/abstract.ts';
import { type Family, resolversOf } from './families/family.ts';
import { interfaceObjects } from './families/interface_objects.ts';
import { keys } from './families/keys.ts';
import { override } from './families/override.ts';
import { provides } from './families/provides.ts';
import { requires } from './families/requires.ts';
import { roots } from './families/roots.ts';
import { selections } from './families/selections.ts';
import { visibility } from './families/visibility.ts';

export const families: readonly Family[] = [
  ...keys,
  ...requires,
  ...provides,
  ...override,
  ...abstract,
  ...interfaceObjects,
  ...visibility,
  ...roots,
  ...selections,
];

/** Starts every subgraph of every family. */
export function startFamilies(): Promise<Subgraph[]> {
  return Promise.all(
    families.flatMap(({ subgraphs, world }) =>
      Object.entries(subgraphs).map(([name, part]) => startSubgraph(name, part.typeDefs, resolversOf(part, world))),
    ),
  );
}

/** Returns the public schema of all families together, as composition makes it without the gateway. */
export function publicSchema(): GraphQLSchema {
  const parts = families.flatMap(({ subgraphs }) => Object.entries(subgraphs));
  const services = parts.map(([name, { typeDefs }]) => ({ name, typeDefs: textOf(typeDefs) }));
  const result = composeServices([
    { name: 'gatehouse', typeDefs: parse(emitSubgraph()) },
    ...services.map(({ name, typeDefs }) => ({ name, typeDefs: parse(typeDefs) })),
  ]);
  if (result.errors) throw new Error(result.errors.map(({ message }) => message).join('\n'));
  return buildASTSchema(withoutUnknownMembers(parse(result.publicSdl)), { assumeValidSDL: true });
}

/** Removes unknown members, because the library keeps inaccessible types in their unions. */
function withoutUnknownMembers(document: DocumentNode): DocumentNode {
  const known = new Set(document.definitions.map((one) => ('name' in one ? one.name?.value : undefined)));
  return visit(document, {
    UnionTypeDefinition: (union) => ({
      ...union,
      types: union.types?.filter(({ name }) => known.has(name.value)) ?? [],
    }),
  });
}

function textOf(typeDefs: string): string {
  return typeDefs.includes('@link(') ? typeDefs : LINK + typeDefs;
}
