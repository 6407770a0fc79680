import {
  type DocumentNode,
  type FieldNode,
  type GraphQLField,
  type GraphQLNamedType,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
  type ValueNode,
  GraphQLError,
  Kind,
  NoFragmentCyclesRule,
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  validate,
} from 'graphql';
import { VALIDATION_BOUND } from '../server/errors.ts';
import { MOST_STEPS, stepsIn } from '../../audit/count_events.ts';
import { type SignInActivityStep, STEP_SECONDS } from '../resolvers/audit/audit.types.ts';

/**
 * For the parser (`parseOptions.maxTokens`): everything behind it, this file's recursion too, sees documents of at most
 * this size. The standard introspection query takes under 200 tokens; a hundred aliased logins still fit, so that they
 * are refused, and charged, for what they are.
 */
export const MAX_TOKENS = 2000;

/** What one document may ask for, all its operations together and every fragment written out where it is spread. */
export const QUERY_LIMITS = Object.freeze({
  /** Levels of fields. */
  depth: 12,
  /** Aliases run one field many times in one request. */
  aliases: 30,
  /**
   * One per field, what is below a field with `first` times the page's size. A step of the sign-in activity is numbers
   * alone and costs half of what is asked of it, and at least 3: one series of all steps fits beside a page, two do not.
   */
  cost: 5000,
  /**
   * Fields and fragments, what is asked of an interface or a union once for each type that it may be: so a federated
   * operation is planned, and pages of a few types multiply without end there, whatever comes back.
   */
  selections: 5000,
  /** Levels of anything: fields, fragments, and values in values. A query planner's parser goes no deeper. */
  nesting: 40,
  /** Characters of an alias: an answer repeats it for each entry of a list. */
  aliasLength: 200,
  /** Sign-in and password fields: one document is one guess, so that counting attempts counts guesses. */
  credentialFields: 1,
  /** The size of a page that a document doesn't tell: the largest of the contract. */
  pageSize: 100,
});

/**
 * The type of the contract's list that is long and has no `first`. The others are as long as what was set up: roles, keys,
 * subgraphs, clients.
 */
const SERIES = 'SignInActivity';

/** graphql-js bounds these subtrees itself, by their lists (MaxIntrospectionDepthRule). */
const INTROSPECTION_ROOTS = new Set(['__schema', '__type']);

/** `Int`, and the integer scalars that subgraphs bring (`PositiveInt!`). */
const INTEGER = /Int!?$/;

/** Counts stop here: nested fragments and page sizes multiply without end. */
const CEILING = 1_000_000;

/** Two or more executions of credential fields in one document. The server charges the address for it. */
export class CredentialFieldsError extends GraphQLError {
  constructor() {
    const message = 'Only one sign-in or password field is allowed in a document';
    super(message, { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });
  }
}

/** What a selection comes to. */
interface Weight {
  readonly depth: number;
  readonly aliases: number;
  readonly aliasLength: number;
  readonly cost: number;
  readonly selections: number;
  readonly nesting: number;
  /** At this level alone: only root fields are marked. */
  readonly credentialFields: number;
}

type Parent = GraphQLNamedType | null | undefined;

const NOTHING: Weight = {
  depth: 0,
  aliases: 0,
  aliasLength: 0,
  cost: 0,
  selections: 0,
  nesting: 0,
  credentialFields: 0,
};

/**
 * Returns the validation rule of these limits; its errors name the limit. `@skip` and `@include` count as present: variables
 * decide them only later. It shields the specified rules only if it runs in one `validate` with them or before them:
 * Apollo's `maxRecursiveSelections` would move it behind, so leave that off.
 * @param credentials `Type.field` of the root fields with which a secret can be guessed
 */
export function limitQueries(credentials: ReadonlySet<string>): ValidationRule {
  return (context) => ({
    Document(document) {
      // Cycles first: on some of them OverlappingFieldsCanBeMergedRule overflows the stack before they are reported.
      const cycles = validate(context.getSchema(), document, [NoFragmentCyclesRule], VALIDATION_BOUND);
      const refusals = [...refuse(weighDocument(document, context, credentials)), ...cycles];
      for (const refusal of refusals) context.reportError(refusal);
      // Null takes the document out of the walk (graphql-js `visit`), so that no other rule spends time on a document
      // that is refused anyway: the specified ones do work that grows with the square of it.
      return refusals.length > 0 ? null : undefined;
    },
  });
}

function* refuse(weight: Weight): Generator<GraphQLError> {
  if (weight.credentialFields > QUERY_LIMITS.credentialFields) yield new CredentialFieldsError();
  for (const name of ['depth', 'aliases', 'aliasLength', 'cost', 'selections', 'nesting'] as const) {
    const [limit, count] = [QUERY_LIMITS[name], weight[name]];
    if (count > limit) {
      const found = count === CEILING ? `${CEILING} or more` : count;
      const message = `Document over the limit of ${limit} for ${name}: ${found}`;
      yield new GraphQLError(message, { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });
    }
  }
}

/** One pass: each selection is looked at once, whatever the number of places a fragment is spread in. */
function weighDocument(document: DocumentNode, context: ValidationContext, credentials: ReadonlySet<string>): Weight {
  const schema = context.getSchema();
  const fragments = new Map<string, Weight>();

  function weighOperation({ operation, selectionSet }: OperationDefinitionNode): Weight {
    return weighSet(selectionSet, schema.getRootType(operation));
  }

  function weighSet({ selections }: SelectionSetNode, parent: Parent): Weight {
    return selections.map((selection) => weigh(selection, parent)).reduce(add, NOTHING);
  }

  function weigh(selection: SelectionNode, parent: Parent): Weight {
    switch (selection.kind) {
      case Kind.FIELD:
        return weighField(selection, parent);
      case Kind.INLINE_FRAGMENT: {
        const { typeCondition, selectionSet } = selection;
        return within(weighSet(selectionSet, typeCondition ? schema.getType(typeCondition.name.value) : parent));
      }
      case Kind.FRAGMENT_SPREAD:
        return within(weighFragment(selection.name.value));
    }
  }

  function weighFragment(name: string): Weight {
    const known = fragments.get(name);
    if (known) return known;
    // A fragment weighs nothing inside itself: the cycle is refused, here it only has to end.
    fragments.set(name, NOTHING);
    const fragment = context.getFragment(name);
    if (!fragment) return NOTHING;
    const weight = weighSet(fragment.selectionSet, schema.getType(fragment.typeCondition.name.value));
    fragments.set(name, weight);
    return weight;
  }

  function weighField(field: FieldNode, parent: Parent): Weight {
    const name = field.name.value;
    const definition = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
    const below = field.selectionSet ? weighSet(field.selectionSet, getNamedType(definition?.type)) : NOTHING;
    return {
      depth: 1 + (INTROSPECTION_ROOTS.has(name) ? 0 : below.depth),
      aliases: capped(below.aliases + (field.alias ? 1 : 0)),
      aliasLength: Math.max(below.aliasLength, field.alias?.value.length ?? 0),
      cost: capped(1 + costBelow(below.cost, field, definition)),
      selections: capped((1 + below.selections) * typesOf(parent)),
      nesting: 1 + Math.max(below.nesting, ...(field.arguments ?? []).map(({ value }) => levelsOf(value))),
      credentialFields: parent && credentials.has(`${parent.name}.${name}`) ? 1 : 0,
    };
  }

  function typesOf(parent: Parent): number {
    return isAbstractType(parent) ? schema.getPossibleTypes(parent).length : 1;
  }

  return document.definitions
    .filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
    .map(weighOperation)
    .reduce(add, NOTHING);
}

function add(a: Weight, b: Weight): Weight {
  return {
    depth: Math.max(a.depth, b.depth),
    aliases: capped(a.aliases + b.aliases),
    aliasLength: Math.max(a.aliasLength, b.aliasLength),
    cost: capped(a.cost + b.cost),
    selections: capped(a.selections + b.selections),
    nesting: Math.max(a.nesting, b.nesting),
    credentialFields: capped(a.credentialFields + b.credentialFields),
  };
}

/** A fragment, of what is in it. */
function within(weight: Weight): Weight {
  return { ...weight, selections: capped(1 + weight.selections), nesting: 1 + weight.nesting };
}

function levelsOf(value: ValueNode): number {
  if (value.kind === Kind.LIST) return 1 + Math.max(0, ...value.values.map(levelsOf));
  if (value.kind === Kind.OBJECT) return 1 + Math.max(0, ...value.fields.map((field) => levelsOf(field.value)));
  return 0;
}

function costBelow(cost: number, field: FieldNode, definition: GraphQLField<unknown, unknown> | undefined): number {
  if (getNamedType(definition?.type)?.name !== SERIES) return cost * pageSize(field, definition);
  return Math.ceil(stepsOf(field) * Math.max(3, cost / 2));
}

/** How many steps a series may have: as many as there can be, where variables decide it. */
function stepsOf(field: FieldNode): number {
  const given = (name: string) => {
    const value = field.arguments?.find((argument) => argument.name.value === name)?.value;
    return value?.kind === Kind.STRING || value?.kind === Kind.ENUM ? value.value : '';
  };
  const [from, to] = [new Date(given('from')), new Date(given('to'))];
  const steps = stepsIn({ from, to, stepSeconds: STEP_SECONDS[given('step') as SignInActivityStep] });
  return steps <= MOST_STEPS ? Math.max(1, steps) : MOST_STEPS;
}

/** How many times what is below the field may run: at least once, or `first: 0` would hide it. */
function pageSize(field: FieldNode, definition: GraphQLField<unknown, unknown> | undefined): number {
  const first = definition?.args.find(({ name }) => name === 'first');
  if (!first || !INTEGER.test(String(first.type))) return 1;
  const given = field.arguments?.find(({ name }) => name.value === 'first')?.value;
  const size = given === undefined ? first.defaultValue : given.kind === Kind.INT && Number(given.value);
  return typeof size === 'number' ? capped(Math.max(1, size)) : QUERY_LIMITS.pageSize;
}

const capped = (count: number): number => Math.min(count, CEILING);
