import { useMemo } from 'react';
import { useLocation, useSearchParams } from 'react-router';

/** What the browser keeps beside the address of a page of the list, also over a reload. */
interface Trail {
  /** Where the pages before this one begin, first to last; empty for the first. Cursors lead onwards only. */
  readonly trail?: readonly string[];
}

/** A part of a long list, as the address says it. */
interface Paged {
  /** The server's cursor that this page begins behind. Undefined: the first page. */
  readonly after: string | undefined;
}

export interface PlaceInList<Listing extends Paged> {
  readonly listing: Listing;
  /** 1 for the first page; undefined where somebody came by a link into the middle. */
  readonly page: number | undefined;
  /** Lists otherwise, from the first page on. `isTyping`: without a step for the back button. */
  change(changed: Partial<Listing>, isTyping?: boolean): void;
  goOn(after: string): void;
  goBack(): void;
}

/**
 * The listing that the address says, and the ways to others.
 * @param read reads an address; the same function at every call
 * @param write answers the address that `read` reads so
 */
export function usePlaceInList<Listing extends Paged>(
  read: (parameters: URLSearchParams) => Listing,
  write: (listing: Listing) => URLSearchParams,
): PlaceInList<Listing> {
  const [parameters, setParameters] = useSearchParams();
  const { trail } = (useLocation().state ?? {}) as Trail;
  const listing = useMemo(() => read(parameters), [read, parameters]);
  const { after } = listing;
  const go = (next: Listing, state: Trail, replace = false) =>
    setParameters(write(next), { state, replace, preventScrollReset: true });
  return {
    listing,
    page: after === undefined ? 1 : trail && trail.length + 1,
    change: (changed, isTyping = false) => go({ ...listing, after: undefined, ...changed }, {}, isTyping),
    goOn: (next) => {
      const isKnown = after === undefined || trail !== undefined;
      go({ ...listing, after: next }, isKnown ? { trail: [...(trail ?? []), after ?? ''] } : {});
    },
    goBack: () => go({ ...listing, after: trail?.at(-1) || undefined }, { trail: trail?.slice(0, -1) ?? [] }),
  };
}
