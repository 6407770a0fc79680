import type { RouteObject } from 'react-router';

/** The admin pages, below `/admin`. Each is loaded when it is opened. */
export const adminRoutes: RouteObject[] = [
  {
    lazy: async () => ({ Component: (await import('./only_admins.tsx')).OnlyAdmins }),
    children: [
      {
        index: true,
        lazy: async () => ({ Component: (await import('./dashboard/dashboard_page.tsx')).DashboardPage }),
      },
      {
        path: 'audit',
        lazy: async () => ({ Component: (await import('./audit/audit_page.tsx')).AuditPage }),
      },
      {
        path: 'keys',
        lazy: async () => ({ Component: (await import('./keys/keys_page.tsx')).KeysPage }),
      },
      {
        path: 'subgraphs',
        lazy: async () => ({ Component: (await import('./subgraphs/subgraphs_page.tsx')).SubgraphsPage }),
      },
      {
        path: 'clients',
        lazy: async () => ({ Component: (await import('./clients/clients_page.tsx')).ClientsPage }),
      },
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
