import type { LucideIcon } from 'lucide-react';

/** An entry of the navigation. */
export interface NavigationItem {
  /** A path of the router, or of the browser if `isOutside`. */
  readonly to: string;
  readonly name: string;
  readonly icon: LucideIcon;
  /** Marks a page that the server has beside the console: the browser opens it, not the router. */
  readonly isOutside?: boolean;
}
