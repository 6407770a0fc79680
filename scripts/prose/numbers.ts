/** The number of faults per room; a room that is not named has none. */
export type Numbers = Readonly<Record<string, number>>;

export interface Comparison {
  readonly risen: readonly string[];
  readonly fallen: readonly string[];
}

export function compareNumbers(counted: Numbers, committed: Numbers): Comparison {
  const rooms = [...new Set([...Object.keys(counted), ...Object.keys(committed)])].sort();
  const difference = (room: string) => (counted[room] ?? 0) - (committed[room] ?? 0);
  return {
    risen: rooms.filter((room) => difference(room) > 0),
    fallen: rooms.filter((room) => difference(room) < 0),
  };
}

/** Sums over all rooms: files that move from room to room leave it as it is. */
export const totalOf = (numbers: Numbers): number => Object.values(numbers).reduce((sum, each) => sum + each, 0);
