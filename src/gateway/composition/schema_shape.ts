import {
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
  isUnionType,
  OperationTypeNode,
} from 'graphql';

/** A difference between a schema and a larger one that should contain it. */
export interface ShapeChange {
  /** The name of the changed type. */
  readonly type: string;
  readonly coordinate: string;
  readonly what: string;
}

/**
 * Compares a schema with a larger one, which must contain every coordinate unchanged. New types, and new fields and
 * interfaces of objects, are allowed. New arguments, input fields and enum values are changes. Ignores descriptions.
 */
export function shapeChanges(schema: GraphQLSchema, larger: GraphQLSchema): ShapeChange[] {
  const roots = rootsOf(larger);
  const moved = [...rootsOf(schema)].filter(([operation, name]) => roots.get(operation) !== name);
  return [
    ...moved.map(([operation, name]) => ({
      type: name,
      coordinate: name,
      what: `is not the type of a ${operation}, or hidden`,
    })),
    ...definedTypes(schema).flatMap((type) => changesOf(type, larger.getType(type.name))),
  ];
}

function changesOf(type: GraphQLNamedType, larger: GraphQLNamedType | undefined): ShapeChange[] {
  const change = (coordinate: string, what: string) => ({ type: type.name, coordinate, what });
  if (!larger) return [change(type.name, 'is hidden or left out')];
  const [wanted, actual] = [shapeOf(type), shapeOf(larger)];
  const changed = [...wanted].filter(([coordinate, signature]) => actual.get(coordinate) !== signature);
  const added = [...actual.keys()].filter((coordinate) => !wanted.has(coordinate) && !mayBeAdded(type, coordinate));
  return [
    ...changed.map(([coordinate, signature]) => {
      const found = actual.get(coordinate);
      return change(coordinate, found === undefined ? 'is hidden or left out' : `is ${found} instead of ${signature}`);
    }),
    ...added.map((coordinate) => change(coordinate, 'is added')),
  ];
}

function mayBeAdded(type: GraphQLNamedType, coordinate: string): boolean {
  if (!isObjectType(type)) return false;
  const field = /^\w+\.(\w+)/.exec(coordinate)?.[1];
  return field === undefined || !type.getFields()[field];
}

/** Returns the types that a schema defines itself. */
export function definedTypes(schema: GraphQLSchema): GraphQLNamedType[] {
  return Object.values(schema.getTypeMap()).filter(
    (type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type),
  );
}

/** Returns the names of a schema's root types, by operation. */
export function rootsOf(schema: GraphQLSchema): ReadonlyMap<string, string> {
  return new Map(
    Object.values(OperationTypeNode).flatMap((operation) => {
      const type = schema.getRootType(operation);
      return type ? [[operation, type.name]] : [];
    }),
  );
}

/** Returns the signature of each coordinate of a type (https://spec.graphql.org/draft/#sec-Schema-Coordinates). */
function shapeOf(type: GraphQLNamedType): ReadonlyMap<string, string> {
  const shape = new Map([[type.name, type[Symbol.toStringTag]]]);
  if (isObjectType(type) || isInterfaceType(type)) {
    for (const { name } of type.getInterfaces()) shape.set(`${type.name} implements ${name}`, name);
    for (const field of Object.values(type.getFields())) {
      shape.set(`${type.name}.${field.name}`, String(field.type));
      for (const arg of field.args) shape.set(`${type.name}.${field.name}(${arg.name}:)`, signatureOf(arg));
    }
  }
  if (isInputObjectType(type)) {
    for (const field of Object.values(type.getFields())) shape.set(`${type.name}.${field.name}`, signatureOf(field));
  }
  if (isEnumType(type)) for (const { name } of type.getValues()) shape.set(`${type.name}.${name}`, name);
  if (isUnionType(type)) for (const { name } of type.getTypes()) shape.set(`${type.name} of ${name}`, name);
  return shape;
}

function signatureOf({ type, defaultValue }: GraphQLArgument | GraphQLInputField): string {
  return defaultValue === undefined ? String(type) : `${String(type)} = ${JSON.stringify(defaultValue)}`;
}
