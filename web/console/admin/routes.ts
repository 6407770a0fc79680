import type { RouteObject } from 'react-router';

/** The admin pages, below `/admin`; each is loaded when it is opened. */
export const adminRoutes: RouteObject[] = [
  {
    lazy: async () => ({ Component: (await import('./only_admins.tsx')).OnlyAdmins }),
    children: [
      {
        path: 'users',
        lazy: async () => ({ Component: (await import('./users/users_page.tsx')).UsersPage }),
      },
      {
        path: 'users/:username',
        lazy: async () => ({ Component: (await import('./users/user_page.tsx')).UserPage }),
      },
    ],
  },
];
