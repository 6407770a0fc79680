import { expect, it } from '@jest/globals';
import { type OperationDefinitionNode, parse } from 'graphql';
import { noteOperation } from '../../src/graphql/server/traced_operation.ts';
import { NO_TRACING } from '../../src/kernel/tracing.ts';

it.each([
  ['{ me { id } }', undefined],
  [`query ${'n'.repeat(64)} { me { id } }`, 'n'.repeat(64)],
  [`query ${'n'.repeat(65)} { me { id } }`, 'n'.repeat(64)],
])('names an operation in the trace and in the log by at most 64 characters: %s', (text, name) => {
  const noted: Record<string, unknown>[] = [];
  const named: string[] = [];
  const [operation] = parse(text).definitions as [OperationDefinitionNode];
  const note = noteOperation({ ...NO_TRACING, note: (attributes) => void noted.push(attributes) });
  note(operation, { noteOperation: (chosen) => void named.push(chosen) });
  expect(noted).toEqual([
    { 'graphql.operation.type': 'query', ...(name === undefined ? {} : { 'graphql.operation.name': name }) },
  ]);
  expect(named).toEqual(name === undefined ? [] : [name]);
});
