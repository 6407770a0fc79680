import { BookOpen, CircleUser, KeyRound, MonitorSmartphone, type LucideIcon, Terminal } from 'lucide-react';
import { pathTo } from '../../base.ts';
import { adminLinks } from '../admin/links.ts';

export interface NavigationItem {
  /** A path of the router's, or of the browser's where it is outside. */
  readonly to: string;
  readonly name: string;
  readonly icon: LucideIcon;
  /** A page of the server's beside the console: the browser opens it, not the router. */
  readonly isOutside?: boolean;
}

export interface NavigationGroup {
  readonly title: string;
  readonly items: readonly NavigationItem[];
  /** Shown to admins alone. Hides nothing: the server decides who may do what. */
  readonly isForAdmins?: boolean;
}

export const NAVIGATION: readonly NavigationGroup[] = [
  {
    title: 'Account',
    items: [
      { to: '/account', name: 'Profile', icon: CircleUser },
      { to: '/account/password', name: 'Password', icon: KeyRound },
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
