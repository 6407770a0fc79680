import type { Candidate } from './coverage_map.ts';

/** Folders of tests with another name than their room. */
const BESIDE: Readonly<Record<string, readonly string[]>> = {
  application: ['accounts', 'administration', 'authentication', 'authorization', 'oauth'],
  clients: ['oauth'],
  http: ['oauth', 'attacks'],
};

/**
 * Orders the test files that execute a mutated line by how soon they should notice: the same name, the same room, few
 * other lines, and short.
 */
export function selectTests(path: string, candidates: readonly Candidate[], most: number): Candidate[] {
  const [, room = '', name = ''] = /^(?:src|packages)\/(\w+)\/(?:.*\/)?(\w+)\.ts$/.exec(path) ?? [];
  const weight = ({ test, seconds, breadth }: Candidate) => {
    const isNamesake = test.endsWith(`/${name}.test.ts`);
    const isOfRoom = [room, ...(BESIDE[room] ?? [])].some((folder) => test.split('/').includes(folder));
    return (breadth * (seconds + 5)) / ((isNamesake ? 20 : 1) * (isOfRoom ? 4 : 1));
  };
  return [...candidates].sort((one, other) => weight(one) - weight(other)).slice(0, most);
}
