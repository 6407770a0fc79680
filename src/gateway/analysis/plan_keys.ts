import { type ArgumentNode, type FieldNode, type GraphQLField, Kind, print, type ValueNode, visit } from 'graphql';
import { INHERITED } from './inherited_names.ts';

/** Under which keys the parts of a plan exchange the fields of one operation. */
export interface PlanKeys {
  /** Called once for each field node, in the order of the operation. */
  add(node: FieldNode, field: GraphQLField<unknown, unknown> | undefined): void;
  of(node: FieldNode): string;
  /** The node as it is planned. */
  planned(node: FieldNode): FieldNode;
  /** A path as the client's keys have it. */
  restore(path: readonly (string | number)[]): readonly (string | number)[];
}

const PREFIX = 'gatehouse_';

/**
 * A plan finds keys and required fields in what was answered, by their names. A client's alias of such a name would
 * give it another value: it would choose which entity a subgraph is asked for (`{ id: note secret }`), or be answered
 * with the wrong field. So a field keeps its key only where that is its name, and always means the same: everything that
 * has an alias or could have arguments is planned under a key of ours, which no field has. What would be merged in the
 * answer gets the same one. That also spares planners names that all objects inherit (`constructor`).
 */
export function createPlanKeys(): PlanKeys {
  const keys = new Map<FieldNode, string>();
  const numbers = new Map<string, number>();
  const clients = new Map<string, string>();
  return {
    add(node, field) {
      const name = node.name.value;
      const alias = node.alias?.value ?? name;
      if (name.startsWith('__')) return;
      const isItself = alias === name && !field?.args.length && !INHERITED.has(name) && !name.startsWith(PREFIX);
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

/** The same for what GraphQL takes for the same: an object's fields have no order. */
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
