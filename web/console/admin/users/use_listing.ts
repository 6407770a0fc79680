import { type PlaceInList, usePlaceInList } from '../use_place_in_list.ts';
import { type Listing, readListing, writeListing } from './listing.ts';

export type ListingPlace = PlaceInList<Listing>;

/** Which accounts the address says, and the ways to others. */
export const useListing = (): ListingPlace => usePlaceInList(readListing, writeListing);
