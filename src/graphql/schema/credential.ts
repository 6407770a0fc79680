import {
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isIntrospectionType,
  isObjectType,
} from 'graphql';
import { Extensions } from 'type-graphql';
import { isSecretName } from '../../kernel/secret_names.ts';

/** The mark of a resolver that takes secrets. A reason states why it cannot be used to guess one. */
type Mark = { readonly names: readonly string[] } | { readonly reason: string };

const MARK = 'credential';

/**
 * Marks a field with which a secret can be guessed. A document may run only one such field, so that counted attempts
 * are counted guesses.
 * @param names secret arguments and input fields whose names do not show that they are secret
 */
export function Credential(...names: readonly string[]): MethodDecorator {
  return mark({ names });
}

/** States why a field that takes secrets cannot be used to guess one. */
export function NoCredential(reason: string): MethodDecorator {
  return mark({ reason });
}

const mark = (value: Mark) => Extensions({ [MARK]: value }) as MethodDecorator;

/** The fields of a schema that take secrets. */
export interface CredentialFields {
  /** `Type.field` of the fields that are marked with {@link Credential}. */
  readonly fields: ReadonlySet<string>;
  /** The names of secret arguments and input fields. No log may show their values. */
  readonly inputs: ReadonlySet<string>;
}

/**
 * Reads the marks of a schema. A field needs a mark if one of its arguments or input fields is named like a secret.
 * @throws Error that names every field whose mark is missing or wrong
 */
export function readCredentials(schema: GraphQLSchema): CredentialFields {
  const roots = [schema.getQueryType(), schema.getMutationType()].map((type) => type?.name);
  const fields = new Set<string>();
  const inputs = new Set<string>();
  const faults: string[] = [];
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || isIntrospectionType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const coordinate = `${type.name}.${field.name}`;
      const taken = inputsOf(field);
      const found = field.extensions[MARK] as Mark | undefined;
      const named = found && 'names' in found ? found.names : [];
      const secret = taken.filter((path) => isSecretName(nameOf(path)) || named.includes(nameOf(path)));
      const fault = faultOf(found, { secret, named, isRoot: roots.includes(type.name) });
      if (fault !== undefined) faults.push(`${coordinate} ${fault}`);
      if (found && 'names' in found) fields.add(coordinate);
      for (const path of secret) inputs.add(nameOf(path));
    }
  }
  if (faults.length > 0) throw new Error(`Credentials: ${faults.join('; ')}`);
  return { fields, inputs };
}

/** Copies the marks to the fields of the same names. A schema that was built from text has no marks. */
export function copyMarks(from: GraphQLSchema, to: GraphQLSchema): void {
  for (const type of Object.values(from.getTypeMap())) {
    const copy = to.getType(type.name);
    if (!isObjectType(type) || !isObjectType(copy)) continue;
    for (const { name, extensions } of Object.values(type.getFields())) {
      const field = copy.getFields()[name];
      if (field && MARK in extensions) field.extensions = { ...field.extensions, [MARK]: extensions[MARK] };
    }
  }
}

interface FoundSecrets {
  readonly secret: readonly string[];
  readonly named: readonly string[];
  readonly isRoot: boolean;
}

function faultOf(found: Mark | undefined, { secret, named, isRoot }: FoundSecrets): string | undefined {
  if (!found) {
    if (secret.length === 0) return undefined;
    return `takes ${secret.join(', ')}: mark its resolver with @Credential() or @NoCredential(reason)`;
  }
  const unknown = named.filter((name) => !secret.some((path) => nameOf(path) === name));
  if (unknown.length > 0) return `names ${unknown.join(', ')} in @Credential(), which it does not take`;
  if (secret.length === 0) return 'is marked, and takes no secret: take the mark away, or name its secrets in it';
  if ('reason' in found) return found.reason.trim() === '' ? 'needs a reason in @NoCredential()' : undefined;
  return isRoot ? undefined : 'takes credentials, which only fields of Query and Mutation are counted for';
}

const nameOf = (path: string) => path.slice(path.lastIndexOf('.') + 1);

/** Returns the paths of all values that clients can pass to a field, such as `input.password`. */
function inputsOf(field: GraphQLField<unknown, unknown>): string[] {
  return field.args.flatMap(({ name, type }) => [name, ...below(type, name, [])]);
}

function below(type: GraphQLInputType, path: string, above: readonly string[]): string[] {
  const named = getNamedType(type);
  // An input type may contain itself.
  if (!isInputObjectType(named) || above.includes(named.name)) return [];
  return Object.values(named.getFields()).flatMap((field) => {
    const own = `${path}.${field.name}`;
    return [own, ...below(field.type, own, [...above, named.name])];
  });
}
