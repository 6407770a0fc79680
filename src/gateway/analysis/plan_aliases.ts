import { type ArgumentNode, type FieldNode, type GraphQLField, Kind, print, type ValueNode, visit } from 'graphql';
import { PROTOTYPE_NAMES } from './prototype_names.ts';

/** The response keys that the fields of one operation have in its plan. */
export interface PlanAliases {
  /** Registers a field node. Must be called once per node, in the order of the operation. */
  add(node: FieldNode, field: GraphQLField<unknown, unknown> | undefined): void;
  of(node: FieldNode): string;
  /** Returns the node with its key in the plan. */
  planned(node: FieldNode): FieldNode;
  /** Returns a path with the client's response keys. */
  restore(path: readonly (string | number)[]): readonly (string | number)[];
}

const PREFIX = 'gatehouse_';

/**
 * Assigns the response keys of a plan. A plan finds key fields and required fields in responses by name. Threat: a
 * client's alias with such a name (`{ id: note secret }`) would choose the entity that a subgraph is asked for, or
 * would receive the value of another field. So a field keeps its name only if it has no alias and can have no
 * arguments. Every other field gets a generated key that no schema uses; fields that merge in the response share one.
 * Generated keys also hide names that all objects inherit (`constructor`) from planners.
 */
export function createPlanAliases(): PlanAliases {
  const keys = new Map<FieldNode, string>();
  const numbers = new Map<string, number>();
  const clients = new Map<string, string>();
  return {
    add(node, field) {
      const name = node.name.value;
      const alias = node.alias?.value ?? name;
      if (name.startsWith('__')) return;
      const isItself = alias === name && !field?.args.length && !PROTOTYPE_NAMES.has(name) && !name.startsWith(PREFIX);
      if (isItself) return;
      const meaning = [alias, name, ...(node.arguments ?? []).map(textOf).sort()].join(' ');
      const number = numbers.get(meaning) ?? numbers.size;
      numbers.set(meaning, number);
      const key = `${PREFIX}${number}`;
      keys.set(node, key);
      clients.set(key, alias);
    },
    of: (node) => keys.get(node) ?? node.name.value,
    planned(node) {
      const key = keys.get(node);
      const { alias: _, ...bare } = node;
      return key === undefined ? bare : { ...bare, alias: { kind: Kind.NAME, value: key } };
    },
    restore: (path) => path.map((step) => (typeof step === 'string' ? (clients.get(step) ?? step) : step)),
  };
}

/** Prints a value so that equal GraphQL values have equal text; the order of object fields does not matter. */
export function textOf(node: ArgumentNode | ValueNode): string {
  return print(
    visit(node, {
      ObjectValue: {
        leave: (object) => ({
          ...object,
          fields: [...object.fields].sort((a, b) => (a.name.value < b.name.value ? -1 : 1)),
        }),
      },
    }),
  );
}
