import { useEffect, useMemo, useRef } from 'react';
import { useLocation, useSearchParams } from 'react-router';

/** The history state of a page of the list, which a reload keeps. */
interface Trail {
  /** The cursors of the previous pages, first to last. The server's cursors only lead forward. */
  readonly trail?: readonly string[];
}

/** A page of a long list, as in the address. */
interface Paged {
  /** The cursor before the page. Undefined for the first page. */
  readonly after: string | undefined;
}

export interface PlaceInList<Listing extends Paged> {
  readonly listing: Listing;
  /** The number of the page, from 1. Undefined after a link into the middle of the list. */
  readonly page: number | undefined;
  /** Changes the listing and shows its first page. With `isTyping`, no history entry is added. */
  change(changed: Partial<Listing>, isTyping?: boolean): void;
  goOn(after: string): void;
  goBack(): void;
}

/**
 * Returns the listing of the address, and functions to change it.
 * @param read parses an address; the same function at every call
 * @param write returns the address that `read` parses to the listing
 */
export function usePlaceInList<Listing extends Paged>(
  read: (parameters: URLSearchParams) => Listing,
  write: (listing: Listing) => URLSearchParams,
): PlaceInList<Listing> {
  const [parameters, setParameters] = useSearchParams();
  const { trail } = (useLocation().state ?? {}) as Trail;
  const listing = useMemo(() => read(parameters), [read, parameters]);
  const { after } = listing;
  // Two filters may change before the next render: the second must not undo the first.
  const latest = useRef(listing);
  useEffect(() => {
    latest.current = listing;
  }, [listing]);
  const go = (next: Listing, state: Trail, replace = false) => {
    latest.current = next;
    setParameters(write(next), { state, replace, preventScrollReset: true });
  };
  return {
    listing,
    page: after === undefined ? 1 : trail && trail.length + 1,
    change: (changed, isTyping = false) => go({ ...latest.current, after: undefined, ...changed }, {}, isTyping),
    goOn: (next) => {
      const isKnown = after === undefined || trail !== undefined;
      go({ ...listing, after: next }, isKnown ? { trail: [...(trail ?? []), after ?? ''] } : {});
    },
    goBack: () => go({ ...listing, after: trail?.at(-1) || undefined }, { trail: trail?.slice(0, -1) ?? [] }),
  };
}
