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
import { textOf } from './plan_keys.ts';

/** The literals of one operation, as variables of its plan. */
export interface Literals {
  /** Arguments as they are planned. @param definitions of the field's, or the directive's */
  planned(args: readonly ArgumentNode[], definitions: readonly GraphQLArgument[]): readonly ArgumentNode[];
  /** The variables of a plan: the client's, and those in place of literals that it has. */
  definitions(planned: SelectionSetNode): readonly VariableDefinitionNode[];
  /** Their values. @param variables the client's, coerced. Throws BAD_USER_INPUT. */
  values(variables: Readonly<Record<string, unknown>>): Record<string, unknown>;
}

interface Literal {
  readonly name: string;
  readonly node: ValueNode;
  readonly type: GraphQLInputType;
  /** Whether variables of the client are in it. */
  readonly isOpen: boolean;
}

/** The same for every request, and read the same by everybody. */
const SAFE = new Set<string>([Kind.VARIABLE, Kind.BOOLEAN, Kind.NULL, Kind.ENUM]);
const MOST_INT = 2 ** 31;

/**
 * Planners read literals with number types of their own: a large ID is an error in one of them, `1.10` becomes `1.1`, and
 * `1e400` an enum. So a plan has none: each becomes a variable of its argument's type, which goes to subgraphs as text.
 */
export function createLiterals({ variableDefinitions = [] }: OperationDefinitionNode): Literals {
  const clients = variableDefinitions.map(({ variable }) => variable.name.value);
  let prefix = 'gatehouse_';
  while (clients.some((name) => name.startsWith(prefix))) prefix = `_${prefix}`;
  const literals = new Map<string, Literal>();
  let constants: Record<string, unknown> | undefined;

  function lift(node: ValueNode, type: GraphQLInputType): string {
    // What is merged in the answer must have the same variable.
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

/** Whether a number in it is another one to a planner. */
function isInexact(node: ValueNode): boolean {
  let found = false;
  const look = ({ value }: { readonly value: string }) => {
    found ||= String(Number(value)) !== value || Math.abs(Number(value)) >= MOST_INT;
  };
  visit(node, { IntValue: look, FloatValue: look });
  return found;
}

/** The values of defaults that a planner, or graphql-js, would round. @param given the client's variables */
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

/** A plan is given the values instead: see `exactDefaults`. */
function withoutInexactDefault(definition: VariableDefinitionNode): VariableDefinitionNode {
  const { defaultValue, ...rest } = definition;
  return defaultValue && isInexact(defaultValue) ? rest : definition;
}
