import '../adopted_style.ts';
import './ui/tokens.css';
import './ui/base.css';
import { createAuthClient } from 'gatehouse-client';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createBrowserRouter } from 'react-router';
import { RouterProvider } from 'react-router/dom';
import { BASE, BASE_PATH } from '../base.ts';
import { createRoutes } from './routes.tsx';
import { AuthContext } from './session/auth_context.ts';
import { applyTheme, readTheme } from './ui/theme.ts';

applyTheme(readTheme());
const auth = createAuthClient({ url: BASE.href });
const router = createBrowserRouter(createRoutes(auth), { basename: BASE_PATH });

createRoot(document.getElementById('console')!).render(
  <StrictMode>
    <AuthContext value={auth}>
      <RouterProvider router={router} />
    </AuthContext>
  </StrictMode>,
);
