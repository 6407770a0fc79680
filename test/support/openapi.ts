import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/** A parsed OpenAPI 3.1 document. */
export type Document = Record<string, any>;

/** Returns every operation of a document, as `GET /path`. */
export function operationsOf(document: Document): [name: string, operation: Document][] {
  return Object.entries<Document>(document['paths']).flatMap(([path, item]) =>
    Object.entries<Document>(item).map(([method, operation]): [string, Document] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
  );
}

/** Resolves a reference `#/…` of a document. */
export const follow = (document: Document, value: Document): Document =>
  value['$ref']
    ? (value['$ref'] as string)
        .slice(2)
        .split('/')
        .reduce((at, key) => at[key], document)
    : value;

/** Makes schemas refuse unnamed properties, so that undocumented properties of responses fail a test. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const inner = Object.fromEntries(Object.entries(value).map(([key, part]) => [key, closed(part)]));
  return inner['type'] === 'object' && inner['properties'] && !('additionalProperties' in inner)
    ? { ...inner, additionalProperties: false }
    : inner;
}

/** Creates validators for the schemas of the document, by their position. */
export function createSchemas(document: Document) {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(closed({ components: document['components'] }) as object, 'openapi');
  const known = new Map<unknown, ValidateFunction>();
  return (schema: Document, value: unknown): unknown[] => {
    const absolute = JSON.parse(JSON.stringify(closed(schema)).replaceAll('"#/', '"openapi#/')) as object;
    const validate = known.get(schema) ?? ajv.compile(absolute);
    known.set(schema, validate);
    return validate(value) ? [] : validate.errors!.map(({ instancePath, message }) => `${instancePath} ${message}`);
  };
}
