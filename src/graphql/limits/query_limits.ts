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
 * The limit of the parser (`parseOptions.maxTokens`). It bounds everything after the parser, the recursion in this file
 * too. The standard introspection query has under 200 tokens. A hundred aliased logins still fit, so that the
 * credential limit refuses and charges them.
 */
export const MAX_TOKENS = 2000;

/** The limits of one document. They count all its operations together, and each fragment once for each spread. */
export const QUERY_LIMITS = Object.freeze({
  /** Levels of fields. */
  depth: 12,
  /** Aliases in the document. Threat: they run one field many times in one request. */
  aliases: 30,
  /**
   * A field costs 1. The cost below a field with `first` is multiplied by the page size. A step of the sign-in activity
   * has only numbers: it costs half of its fields, and at least 3. One series of all steps fits beside a page, two do
   * not.
   */
  cost: 5000,
  /**
   * Fields and fragments. A selection on an interface or a union counts once for each possible type, because a query
   * planner expands it so. Threat: nested pages of a few types make the plan grow exponentially, whatever the answer
   * is.
   */
  selections: 5000,
  /** Levels of fields, fragments and nested values together. The parser of the query planner goes no deeper. */
  nesting: 40,
  /** Characters of an alias. Threat: an answer repeats the alias for each entry of a list. */
  aliasLength: 200,
  /** Sign-in and password fields. One document is one guess, so that counted attempts are counted guesses. */
  credentialFields: 1,
  /** The assumed size of a page if the document does not state it: the largest of the contract. */
  pageSize: 100,
});

/**
 * The only type whose list is long and has no `first`. The lengths of the other lists depend on the setup: roles, keys,
 * subgraphs, clients.
 */
const SERIES = 'SignInActivity';

/** Root fields without a depth limit here: graphql-js limits the lists below them (MaxIntrospectionDepthRule). */
const INTROSPECTION_ROOTS = new Set(['__schema', '__type']);

/** Matches `Int` and the integer scalars of subgraphs (`PositiveInt!`). */
const INTEGER = /Int!?$/;

/** The highest count. Nested fragments and page sizes multiply beyond any number. */
const CEILING = 1_000_000;

/** Reports two or more credential fields in one document. The server counts an attempt of the address for it. */
export class CredentialFieldsError extends GraphQLError {
  constructor() {
    const message = 'Only one sign-in or password field is allowed in a document';
    super(message, { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });
  }
}

/** The counts of a selection, by limit. */
interface Weight {
  readonly depth: number;
  readonly aliases: number;
  readonly aliasLength: number;
  readonly cost: number;
  readonly selections: number;
  readonly nesting: number;
  /** Counts this level only: marks are allowed on root fields only. */
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
 * Returns the validation rule of these limits. Its errors name the limit. Fields with `@skip` or `@include` count as
 * present: variables decide about them only later. The rule must run before the specified rules or in one `validate`
 * with them. Apollo's `maxRecursiveSelections` would move it behind them, so leave that option off.
 * @param credentials `Type.field` of the root fields with which a secret can be guessed
 */
export function limitQueries(credentials: ReadonlySet<string>): ValidationRule {
  return (context) => ({
    Document(document) {
      // Some cycles overflow the stack in OverlappingFieldsCanBeMergedRule before it reports them.
      const cycles = validate(context.getSchema(), document, [NoFragmentCyclesRule], VALIDATION_BOUND);
      const refusals = [...refuse(weighDocument(document, context, credentials)), ...cycles];
      for (const refusal of refusals) context.reportError(refusal);
      // Null ends the walk (graphql-js `visit`): the work of the specified rules grows with the square of the document,
      // so no rule should spend it on a document that is refused anyway.
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

/** Weighs a document in one pass: each selection is visited once, however often its fragment is spread. */
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
    // Ends the recursion of a cycle, which is refused elsewhere.
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

/** Returns the weight of a fragment with this content. */
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

/** Returns the number of steps of a series, and the highest number if variables decide it. */
function stepsOf(field: FieldNode): number {
  const given = (name: string) => {
    const value = field.arguments?.find((argument) => argument.name.value === name)?.value;
    return value?.kind === Kind.STRING || value?.kind === Kind.ENUM ? value.value : '';
  };
  const [from, to] = [new Date(given('from')), new Date(given('to'))];
  const steps = stepsIn({ from, to, stepSeconds: STEP_SECONDS[given('step') as SignInActivityStep] });
  return steps <= MOST_STEPS ? Math.max(1, steps) : MOST_STEPS;
}

/** Returns how often the selection below a field may run: at least once, so that `first: 0` cannot hide its cost. */
function pageSize(field: FieldNode, definition: GraphQLField<unknown, unknown> | undefined): number {
  const first = definition?.args.find(({ name }) => name === 'first');
  if (!first || !INTEGER.test(String(first.type))) return 1;
  const given = field.arguments?.find(({ name }) => name.value === 'first')?.value;
  const size = given === undefined ? first.defaultValue : given.kind === Kind.INT && Number(given.value);
  return typeof size === 'number' ? capped(Math.max(1, size)) : QUERY_LIMITS.pageSize;
}

const capped = (count: number): number => Math.min(count, CEILING);
