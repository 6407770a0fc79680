import { BookOpen, CircleUser, MonitorSmartphone, ShieldCheck, Terminal } from 'lucide-react';
import { pathTo } from '../../base.ts';
import { adminLinks } from '../admin/links.ts';
import type { NavigationItem } from '../ui/navigation_item.ts';

export interface NavigationGroup {
  readonly title: string;
  readonly items: readonly NavigationItem[];
  /** Shown only to admins. This protects nothing: the server decides every access. */
  readonly isForAdmins?: boolean;
}

export const NAVIGATION: readonly NavigationGroup[] = [
  {
    title: 'Account',
    items: [
      { to: '/account', name: 'Profile', icon: CircleUser },
      { to: '/account/security', name: 'Security', icon: ShieldCheck },
      { to: '/account/sessions', name: 'Sessions', icon: MonitorSmartphone },
    ],
  },
  { title: 'Administration', items: adminLinks, isForAdmins: true },
  {
    title: 'For developers',
    items: [
      { to: pathTo('graphql'), name: 'Playground', icon: Terminal, isOutside: true },
      { to: pathTo('docs'), name: 'API docs', icon: BookOpen, isOutside: true },
    ],
  },
];
