import { buildASTSchema, type GraphQLSchema, getNamedType, isObjectType, parse } from 'graphql';
import { type Join, readJoin } from './join.ts';
import { type OwnFields, readOwnFields } from './own_fields.ts';
import { OWN } from './ownership.ts';
import type { Requirements } from './requirements.ts';
import { shapeChanges } from './schema_shape.ts';
import { othersIn, type Taken, takenFields } from './taken_fields.ts';

/** A supergraph with its public schema and its requirements. */
export interface Composed {
  readonly whole: GraphQLSchema;
  /** The public schema. */
  readonly visible: GraphQLSchema;
  readonly requirements: Requirements;
}

export type OwnCheck = (composed: Composed) => Taken[];

/**
 * Creates the comparison of supergraphs with the gateway's own schema. Threats: a subgraph that serves or overrides one
 * of our fields receives passwords and refresh tokens; a subgraph that guards or hides one locks accounts out. So only
 * our subgraph may serve a coordinate of its schema, and the coordinate must be unchanged. Other subgraphs may serve
 * and override `@shareable` fields, and serve key fields.
 * @param text our schema in SDL, with its federation directives
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
      // A supergraph without our subgraph has no coordinate to compare.
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

/** Compares without case, because some planners do not distinguish `Gatehouse` from `gatehouse`. */
const isAlike = (name: string) => name.toLowerCase() === OWN;

/** Finds other graphs that a planner could confuse with our subgraph. */
function impostors({ graphs }: Join): Taken[] {
  const alike = [...graphs].filter(([value, { name }]) => isAlike(name) || isAlike(value));
  if (alike.length === 0 || (alike.length === 1 && alike[0]![1].name === OWN)) return [];
  const by = alike.map(([, { name }]) => name);
  return [{ coordinate: 'join__Graph', by, what: `has another subgraph named ${OWN}` }];
}

/** Finds requirements on our fields that our schema does not have. Uses the same evaluation as enforcement does. */
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
