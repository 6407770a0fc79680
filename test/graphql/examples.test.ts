import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import {
  buildSchema,
  getVariableValues,
  type OperationDefinitionNode,
  parse,
  TypeInfo,
  validate,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { describeParts } from '../../web/playground/examples/parts.ts';

const schema = buildSchema(readFileSync('schema/schema.graphql', 'utf8'));
const examples = describeParts(new Date()).flatMap((part) => part.examples);
const operationOf = (text: string) => parse(text).definitions[0] as OperationDefinitionNode;

describe("the playground's examples", () => {
  it.each(examples.map((example) => [example.title, example] as const))(
    '%s: is valid, as are its variables',
    (_, example) => {
      const document = parse(example.document);
      expect(document.definitions).toHaveLength(1);
      expect(validate(schema, document)).toEqual([]);

      const { variableDefinitions = [] } = operationOf(example.document);
      const variables = example.variables ?? {};
      expect(getVariableValues(schema, variableDefinitions, variables).errors).toBeUndefined();
      expect(Object.keys(variables).sort()).toEqual(
        variableDefinitions.map(({ variable }) => variable.name.value).sort(),
      );
      // GraphiQL shows the operation name as the title of a tab.
      expect(operationOf(example.document).name?.value).toMatch(/^[A-Z]/);
    },
  );

  it('have different titles and names', () => {
    for (const of of [
      examples.map(({ title }) => title),
      examples.map(({ document }) => operationOf(document).name!.value),
    ]) {
      expect(of.filter((one, at) => of.indexOf(one) !== at)).toEqual([]);
    }
  });

  it('exist for every field that can be queried', () => {
    const shown = new Set<string>();
    for (const { document } of examples) {
      const info = new TypeInfo(schema);
      visit(
        parse(document),
        visitWithTypeInfo(info, {
          Field: ({ name }) => void shown.add(`${info.getParentType()!.name}.${name.value}`),
        }),
      );
    }
    const roots = [schema.getQueryType()!, schema.getMutationType()!];
    const all = roots.flatMap((type) => Object.keys(type.getFields()).map((field) => `${type.name}.${field}`));
    expect(all.filter((field) => !shown.has(field))).toEqual([]);
    expect(all.length).toBeGreaterThan(30);
  });

  it('hold no credentials: secret values are empty', () => {
    const secrets: unknown[] = [];
    const look = (value: unknown) =>
      JSON.stringify(value, (key, inner: unknown) => {
        if (/password|token|secret/i.test(key)) secrets.push(inner);
        return inner;
      });
    for (const { variables } of examples) look(variables);
    expect(secrets.length).toBeGreaterThan(5);
    expect(secrets.filter((secret) => secret !== '' && secret !== null)).toEqual([]);
    expect(examples.filter(({ document }) => /"[^"]+"/.test(document))).toEqual([]);
  });
});
