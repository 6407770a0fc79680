import { AppWindow, ChartColumn, KeySquare, Network, ScrollText, Users } from 'lucide-react';
import type { NavigationItem } from '../ui/navigation_item.ts';

/** The navigation's links to the admin pages. */
export const adminLinks: readonly NavigationItem[] = [
  { to: '/admin', name: 'Dashboard', icon: ChartColumn },
  { to: '/admin/users', name: 'Users', icon: Users },
  { to: '/admin/audit', name: 'Audit log', icon: ScrollText },
  { to: '/admin/keys', name: 'Signing keys', icon: KeySquare },
  { to: '/admin/subgraphs', name: 'Subgraphs', icon: Network },
  { to: '/admin/clients', name: 'Clients', icon: AppWindow },
];
