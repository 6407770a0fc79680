import { describe, expect, it } from '@jest/globals';
import { refuseTaken } from '../../src/gateway/composition/refuse_taken.ts';

describe('the message for an operator', () => {
  const taken = (many: number) =>
    Array.from({ length: many }, (_, at) => ({
      coordinate: `Query.f${at}`,
      by: ['team', '', 'other'],
      what: 'is hidden',
    }));
  const messageOf = (...args: Parameters<typeof refuseTaken>) => {
    try {
      refuseTaken(...args);
    } catch (error) {
      return (error as Error).message.split('\n');
    }
    return null;
  };
  const lines = taken(20).map(({ coordinate }) => `${coordinate} belongs to gatehouse, but is hidden: team, other`);

  it('is empty if nothing is taken', () => expect(messageOf([])).toBeNull());
  it('has each coordinate with its subgraphs, once', () =>
    expect(messageOf([...taken(20), ...taken(3)])).toEqual(lines));
  it('has the first twenty coordinates, and the number of others', () =>
    expect(messageOf([...taken(23), ...taken(3)])).toEqual([...lines, 'and 3 more']));
  it('names the supergraph if no subgraph is known', () =>
    expect(messageOf([{ coordinate: 'Query.me', by: [''], what: 'is hidden' }])).toEqual([
      'Query.me belongs to gatehouse, but is hidden: the supergraph',
    ]));
});
