import type { AuthClient } from 'gatehouse-client';
import { type LoaderFunctionArgs, redirect, type RouteObject } from 'react-router';
import { BASE_PATH } from '../base.ts';
import { adminRoutes } from './admin/routes.ts';
import { destination, HOME, signInPath } from './session/destination.ts';
import { ErrorPage } from './shell/error_page.tsx';
import { NotFoundPage } from './shell/not_found_page.tsx';

/** The console's pages. Each is loaded when it is opened, so that the sign-in page does not wait for the others. */
export function createRoutes(auth: AuthClient): RouteObject[] {
  /** Resolves once it is known if a user is signed in. Until then nothing is shown. */
  async function isSignedIn(): Promise<boolean> {
    await auth.ready;
    if (auth.state === 'unknown') throw new Error('The server cannot be reached');
    return auth.state === 'signed-in';
  }
  async function onlyStrangers({ request }: LoaderFunctionArgs) {
    const { searchParams, origin } = new URL(request.url);
    return (await isSignedIn()) ? redirect(destination(searchParams.get('next'), origin)) : null;
  }
  async function onlySignedIn({ request }: LoaderFunctionArgs) {
    const { pathname, search } = new URL(request.url);
    return (await isSignedIn()) ? null : redirect(signInPath((pathname.slice(BASE_PATH.length) || '/') + search));
  }

  return [
    {
      ErrorBoundary: WholeErrorPage,
      HydrateFallback: Nothing,
      children: [
        {
          path: '/sign-in',
          loader: onlyStrangers,
          lazy: async () => ({ Component: (await import('./sign_in/sign_in_page.tsx')).SignInPage }),
        },
        {
          path: '/sign-up',
          loader: onlyStrangers,
          lazy: async () => ({ Component: (await import('./sign_in/sign_up_page.tsx')).SignUpPage }),
        },
        {
          loader: onlySignedIn,
          shouldRevalidate: () => true,
          lazy: async () => ({ Component: (await import('./shell/shell.tsx')).Shell }),
          children: [
            {
              ErrorBoundary: ErrorPage,
              children: [
                { index: true, loader: () => redirect(HOME), Component: Nothing },
                {
                  path: 'account',
                  lazy: async () => ({ Component: (await import('./account/profile_page.tsx')).ProfilePage }),
                },
                {
                  path: 'account/password',
                  lazy: async () => ({ Component: (await import('./account/password_page.tsx')).PasswordPage }),
                },
                {
                  path: 'account/security',
                  lazy: async () => ({
                    Component: (await import('./account/security/security_page.tsx')).SecurityPage,
                  }),
                },
                {
                  path: 'account/sessions',
                  lazy: async () => ({ Component: (await import('./account/sessions_page.tsx')).SessionsPage }),
                },
                { path: 'admin', children: adminRoutes },
                { path: '*', Component: NotFoundPage },
              ],
            },
          ],
        },
      ],
    },
  ];
}

const Nothing = () => null;

const WholeErrorPage = () => (
  <main>
    <ErrorPage />
  </main>
);
