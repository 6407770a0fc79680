/** A queue with fair shares at every level of a flow: the branches of a level are served in turn. */
export interface FairLine<T> {
  readonly size: number;
  /** @param flow the outermost level first, such as network, then account */
  add(flow: readonly string[], item: T): void;
  remove(flow: readonly string[], item: T): void;
  /** Removes and returns the item whose turn it is; undefined if the queue is empty. */
  take(): T | undefined;
  /**
   * Returns the item that a full queue drops for a newcomer of this flow: the newest of a branch that is longer than
   * the newcomer's would become. Returns undefined if no branch is longer; the newcomer is then the one in excess.
   */
  inExcess(flow: readonly string[]): T | undefined;
}

/** One level of a flow. The order of its branches is the order in which they are served. */
interface Branch<T> {
  size: number;
  readonly branches: Map<string, Branch<T>>;
  /** The items at the end of a flow, in the order of their arrival. */
  readonly items: T[];
}

/**
 * Creates a queue by fair queueing (Demers, Keshav and Shenker, 1989) that drops from the longest flow (Suter et al.,
 * 1998). Threat: in a single queue, the client that sends most is served most, and all others wait behind its requests.
 */
export function createFairLine<T>(): FairLine<T> {
  const root = newBranch<T>();

  /** Returns the branches from the root to the end of a flow; undefined if the flow has no branch. */
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
        // Appended: a branch that was empty is served after every other branch had its turn.
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

/** Returns the longest branch. If several are equally long, it is the one that is served last. */
function longestOf<T>({ branches }: Branch<T>): Branch<T> | undefined {
  let longest: Branch<T> | undefined;
  for (const branch of branches.values()) if (branch.size >= (longest?.size ?? 0)) longest = branch;
  return longest;
}

function newestOf<T>(branch: Branch<T>): T {
  const longest = longestOf(branch);
  return longest ? newestOf(longest) : branch.items.at(-1)!;
}
