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

/** The mark of a resolver that takes secrets: it can be used to guess one, or there is a reason why not. */
type Mark = { readonly names: readonly string[] } | { readonly reason: string };

const MARK = 'credential';

/**
 * Marks a field with which a secret can be guessed: a document may run one of them, so that counting attempts counts
 * guesses.
 * @param names arguments and input fields that are secret, where their names do not say so
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
  /** `Type.field` of those that are marked with {@link Credential}. */
  readonly fields: ReadonlySet<string>;
  /** Names of secret arguments and input fields, which no log may show. */
  readonly inputs: ReadonlySet<string>;
}

/**
 * Reads the marks of a schema. An argument or input field that is named like a secret needs one on its field.
 * Throws a plain Error that names every field whose mark is missing, or does not fit.
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

/** Copies the marks to the fields of the same names: a schema that is made from text has none. */
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

/** Paths of everything that clients can give to a field: `input.password`. */
function inputsOf(field: GraphQLField<unknown, unknown>): string[] {
  return field.args.flatMap(({ name, type }) => [name, ...below(type, name, [])]);
}

function below(type: GraphQLInputType, path: string, above: readonly string[]): string[] {
  const named = getNamedType(type);
  // An input type may hold itself.
  if (!isInputObjectType(named) || above.includes(named.name)) return [];
  return Object.values(named.getFields()).flatMap((field) => {
    const own = `${path}.${field.name}`;
    return [own, ...below(field.type, own, [...above, named.name])];
  });
}
