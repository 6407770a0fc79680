import {
  type ArgumentNode,
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  parseType,
  type SelectionSetNode,
  typeFromAST,
  type ValueNode,
  type VariableDefinitionNode,
  visit,
} from 'graphql';
import { inputValue } from './input_values.ts';
import { textOf } from './plan_aliases.ts';

/** The literals of one operation as variables of its plan. */
export interface Literals {
  /** Replaces the literals in arguments by variables. @param definitions the arguments of the field or the directive */
  planned(args: readonly ArgumentNode[], definitions: readonly GraphQLArgument[]): readonly ArgumentNode[];
  /** Returns the variables of a plan: the client's, and those that replace literals in this plan. */
  definitions(planned: SelectionSetNode): readonly VariableDefinitionNode[];
  /**
   * Returns the values of the variables that replace literals.
   * @param variables the client's, coerced
   * @throws BAD_USER_INPUT for a Float that is not finite
   */
  values(variables: Readonly<Record<string, unknown>>): Record<string, unknown>;
}

interface Literal {
  readonly name: string;
  readonly node: ValueNode;
  readonly type: GraphQLInputType;
  /** True if the literal contains variables of the client. */
  readonly isOpen: boolean;
}

/** Literals that every planner reads in the same way; they stay in the plan. */
const SAFE = new Set<string>([Kind.VARIABLE, Kind.BOOLEAN, Kind.NULL, Kind.ENUM]);
const MOST_INT = 2 ** 31;

/**
 * Replaces the literals of an operation by variables of the argument's type, which reach subgraphs as exact text.
 * Planners parse literals into number types of their own: a large ID is an error in one of them, `1.10` becomes `1.1`,
 * and `1e400` an enum value.
 */
export function createLiterals({ variableDefinitions = [] }: OperationDefinitionNode): Literals {
  const clients = variableDefinitions.map(({ variable }) => variable.name.value);
  let prefix = 'gatehouse_';
  while (clients.some((name) => name.startsWith(prefix))) prefix = `_${prefix}`;
  const literals = new Map<string, Literal>();
  let constants: Record<string, unknown> | undefined;

  function lift(node: ValueNode, type: GraphQLInputType): string {
    // Equal literals share a variable, so that fields that merge in the response stay mergeable.
    const key = `${String(type)} ${textOf(node)}`;
    const known = literals.get(key) ?? {
      name: `${prefix}${literals.size}`,
      node,
      type,
      isOpen: variablesIn(node).size > 0,
    };
    literals.set(key, known);
    return known.name;
  }

  return {
    planned: (args, definitions) =>
      args.map((argument) => {
        const type = definitions.find(({ name }) => name === argument.name.value)?.type;
        if (!type || SAFE.has(argument.value.kind)) return argument;
        return { ...argument, value: variableNode(lift(argument.value, type)) };
      }),
    definitions(planned) {
      const used = variablesIn(planned);
      const own = [...literals.values()].filter(({ name }) => used.has(name));
      return [
        ...variableDefinitions.map(withoutInexactDefault),
        ...own.map(({ name, type }) => ({
          kind: Kind.VARIABLE_DEFINITION as const,
          variable: variableNode(name),
          type: parseType(String(type), { noLocation: true }),
        })),
      ];
    },
    values(variables) {
      const all = [...literals.values()];
      const valuesOf = (some: readonly Literal[]) =>
        Object.fromEntries(some.map(({ name, node, type }) => [name, inputValue(node, type, variables)]));
      constants ??= valuesOf(all.filter(({ isOpen }) => !isOpen));
      return { ...constants, ...valuesOf(all.filter(({ isOpen }) => isOpen)) };
    },
  };
}

function variableNode(name: string) {
  return { kind: Kind.VARIABLE as const, name: { kind: Kind.NAME as const, value: name } };
}

function variablesIn(node: ValueNode | SelectionSetNode): ReadonlySet<string> {
  const names = new Set<string>();
  visit(node, { Variable: ({ name }) => void names.add(name.value) });
  return names;
}

/** Returns true if a planner would change a number in the literal. */
function isInexact(node: ValueNode): boolean {
  let found = false;
  const look = ({ value }: { readonly value: string }) => {
    found ||= String(Number(value)) !== value || Math.abs(Number(value)) >= MOST_INT;
  };
  visit(node, { IntValue: look, FloatValue: look });
  return found;
}

/** Returns the default values that a planner or graphql-js would round, exactly. @param given the client's variables */
export function exactDefaults(
  schema: GraphQLSchema,
  definitions: readonly VariableDefinitionNode[],
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const entries = definitions.flatMap(({ variable, type, defaultValue }) => {
    const name = variable.name.value;
    if (!defaultValue || Object.hasOwn(given, name) || !isInexact(defaultValue)) return [];
    return [[name, inputValue(defaultValue, typeFromAST(schema, type as never) as GraphQLInputType, {})] as const];
  });
  return Object.fromEntries(entries);
}

/** Removes a default value that a planner would round. The plan gets its value from `exactDefaults`. */
function withoutInexactDefault(definition: VariableDefinitionNode): VariableDefinitionNode {
  const { defaultValue, ...rest } = definition;
  return defaultValue && isInexact(defaultValue) ? rest : definition;
}
