import { type PlaceInList, usePlaceInList } from '../use_place_in_list.ts';
import { type Listing, readListing, writeListing } from './listing.ts';

export type ListingPlace = PlaceInList<Listing>;

/** Returns the listing of the address, and functions to change it. */
export const useListing = (): ListingPlace => usePlaceInList(readListing, writeListing);
