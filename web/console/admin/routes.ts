import type { RouteObject } from 'react-router';

/** The admin pages, below `/admin`; each is loaded when it is opened. */
export const adminRoutes: RouteObject[] = [];
