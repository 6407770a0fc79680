/** What waits, in shares that are fair at every level of its flow: each branch of a level is served in its turn. */
export interface FairLine<T> {
  readonly size: number;
  /** @param flow outermost level first: network, account */
  add(flow: readonly string[], item: T): void;
  remove(flow: readonly string[], item: T): void;
  /** Takes out the item whose turn it is; undefined where nothing waits. */
  take(): T | undefined;
  /**
   * The item that gives its place to a newcomer of this flow in a full line: the newest of the branch that has more than
   * the newcomer's would have. Undefined where no branch has: the newcomer is the one in excess.
   */
  inExcess(flow: readonly string[]): T | undefined;
}

/** One level of a flow. Its branches stand in the order in which they are served. */
interface Branch<T> {
  size: number;
  readonly branches: Map<string, Branch<T>>;
  /** At the end of a flow: first come, first served. */
  readonly items: T[];
}

/**
 * Fair queueing (Demers, Keshav and Shenker, 1989) with the longest flow giving way (Suter et al., 1998). Threat: in one
 * line for all, the client that sends most is served most, and every other waits behind all of its requests.
 */
export function createFairLine<T>(): FairLine<T> {
  const root = newBranch<T>();

  /** The branches on the way to the end of a flow, the root first; undefined where there is none. */
  function wayTo(flow: readonly string[]): Branch<T>[] | undefined {
    const way = [root];
    for (const level of flow) {
      const next = way.at(-1)!.branches.get(level);
      if (!next) return undefined;
      way.push(next);
    }
    return way;
  }

  return {
    get size() {
      return root.size;
    },

    add(flow, item) {
      let branch = root;
      branch.size += 1;
      for (const level of flow) {
        const next = branch.branches.get(level) ?? newBranch<T>();
        // At the end: one that was empty is served after every other branch had its turn.
        if (next.size === 0) branch.branches.set(level, next);
        next.size += 1;
        branch = next;
      }
      branch.items.push(item);
    },

    remove(flow, item) {
      const way = wayTo(flow);
      const at = way?.at(-1)?.items.indexOf(item) ?? -1;
      if (!way || at < 0) return;
      way.at(-1)!.items.splice(at, 1);
      way.forEach((branch, depth) => {
        branch.size -= 1;
        if (branch.size === 0 && depth > 0) way[depth - 1]!.branches.delete(flow[depth - 1]!);
      });
    },

    take: () => (root.size === 0 ? undefined : takeFrom(root)),

    inExcess(flow) {
      let branch: Branch<T> | undefined = root;
      for (const level of flow) {
        const own: Branch<T> | undefined = branch.branches.get(level);
        const longest = longestOf(branch);
        if (longest && longest.size > (own?.size ?? 0) + 1) return newestOf(longest);
        if (!own) return undefined;
        branch = own;
      }
      return undefined;
    },
  };
}

function newBranch<T>(): Branch<T> {
  return { size: 0, branches: new Map(), items: [] };
}

function takeFrom<T>(branch: Branch<T>): T {
  branch.size -= 1;
  const [first] = branch.branches;
  if (!first || branch.items.length > 0) return branch.items.shift()!;
  const [level, next] = first;
  const item = takeFrom(next);
  branch.branches.delete(level);
  if (next.size > 0) branch.branches.set(level, next);
  return item;
}

/** Of branches of one length the one that is served last. */
function longestOf<T>({ branches }: Branch<T>): Branch<T> | undefined {
  let longest: Branch<T> | undefined;
  for (const branch of branches.values()) if (branch.size >= (longest?.size ?? 0)) longest = branch;
  return longest;
}

function newestOf<T>(branch: Branch<T>): T {
  const longest = longestOf(branch);
  return longest ? newestOf(longest) : branch.items.at(-1)!;
}
