import { Users } from 'lucide-react';
import type { NavigationItem } from '../shell/navigation.ts';

/** The admin pages, as the navigation lists them. */
export const adminLinks: readonly NavigationItem[] = [{ to: '/admin/users', name: 'Users', icon: Users }];
