import { useMemo } from 'react';
import { useLocation, useSearchParams } from 'react-router';
import { type Listing, readListing, writeListing } from './listing.ts';

/** What the browser keeps beside the address of a page of the list, also over a reload. */
interface Trail {
  /** Where the pages before this one begin, first to last; empty for the first. Cursors lead onwards only. */
  readonly trail?: readonly string[];
}

export interface ListingPlace {
  readonly listing: Listing;
  /** 1 for the first page; undefined where somebody came by a link into the middle. */
  readonly page: number | undefined;
  /** Lists otherwise, from the first page on. `isTyping`: without a step for the back button. */
  change(changed: Partial<Listing>, isTyping?: boolean): void;
  goOn(after: string): void;
  goBack(): void;
}

/** The listing that the address says, and the ways to others. */
export function useListing(): ListingPlace {
  const [parameters, setParameters] = useSearchParams();
  const { trail } = (useLocation().state ?? {}) as Trail;
  const listing = useMemo(() => readListing(parameters), [parameters]);
  const { after } = listing;
  const go = (next: Listing, state: Trail, replace = false) =>
    setParameters(writeListing(next), { state, replace, preventScrollReset: true });
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
