import { buildASTSchema, type GraphQLSchema, getNamedType, isObjectType, parse } from 'graphql';
import { type Join, readJoin } from './join.ts';
import { type OwnFields, readOwnFields } from './own_fields.ts';
import { OWN } from './ownership.ts';
import type { Requirements } from './requirements.ts';
import { shapeChanges } from './schema_shape.ts';
import { othersIn, type Taken, takenFields } from './taken_fields.ts';

/** A supergraph, and what is made of it. */
export interface Composed {
  readonly whole: GraphQLSchema;
  /** The part that clients see. */
  readonly visible: GraphQLSchema;
  readonly requirements: Requirements;
}

export type OwnCheck = (composed: Composed) => Taken[];

/**
 * Compares supergraphs with our own schema. Another subgraph that serves or overrides one of our fields is sent passwords
 * and refresh tokens; one that guards or hides a field shuts accounts out. So every coordinate of our schema has to be
 * served by our subgraph alone, and be what our schema says. Others may serve and override what our schema marks
 * `@shareable`, and serve key fields.
 * @param text our schema with its federation directives
 */
export function createOwnCheck(text: string): OwnCheck {
  const own = buildASTSchema(parse(text, { noLocation: true }), { assumeValidSDL: true });
  const fields = readOwnFields(own);
  return (composed) => {
    const join = readJoin(composed.whole);
    const isPart = [...join.graphs.values()].some(({ name }) => name === OWN);
    return [
      ...impostors(join),
      ...takenFields(fields, composed.whole, join),
      ...guards(fields, composed, join),
      // A supergraph without our subgraph has none of it to change.
      ...(isPart
        ? shapeChanges(own, composed.visible).map(({ type, coordinate, what }) => ({
            coordinate,
            by: othersIn(join, composed.whole.getType(type)),
            what,
          }))
        : []),
    ];
  };
}

/** Some planners take subgraphs for the same whose names differ only in the case of their letters. */
const isAlike = (name: string) => name.toLowerCase() === OWN;

/** Other graphs that a planner could take for ours. */
function impostors({ graphs }: Join): Taken[] {
  const alike = [...graphs].filter(([value, { name }]) => isAlike(name) || isAlike(value));
  if (alike.length === 0 || (alike.length === 1 && alike[0]![1].name === OWN)) return [];
  const by = alike.map(([, { name }]) => name);
  return [{ coordinate: 'join__Graph', by, what: `has another subgraph named ${OWN}` }];
}

/** Requirements that our schema does not make, by the evaluation that enforces them. */
function guards({ types }: OwnFields, { whole, visible, requirements }: Composed, join: Join): Taken[] {
  return types.flatMap((type) => {
    const found = visible.getType(type.name);
    if (!isObjectType(found)) return [];
    return Object.values(type.getFields()).flatMap(({ name }) => {
      const field = found.getFields()[name];
      const asked = requirements.of(found, [found], name);
      if (!field || asked.length === 0) return [];
      const sources = [found, getNamedType(field.type), ...found.getInterfaces()];
      const by = [...new Set(sources.flatMap((one) => othersIn(join, whole.getType(one.name))))];
      return [
        { coordinate: `${type.name}.${name}`, by, what: `is guarded (${asked.map(({ key }) => key).join(', ')})` },
      ];
    });
  });
}
