import type { NavigationItem } from '../shell/navigation.ts';

/** The admin pages, as the navigation lists them. */
export const adminLinks: readonly NavigationItem[] = [];
