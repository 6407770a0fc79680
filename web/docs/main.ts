import SwaggerUI, { type Plugin } from 'swagger-ui-dist/swagger-ui-es-bundle.js';
import 'swagger-ui-dist/swagger-ui.css';
import './style.css';
import { BASE, pathTo } from '../base.ts';

const dark = window.matchMedia('(prefers-color-scheme: dark)');
const followScheme = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', followScheme);
followScheme();

/** Focuses the first form of the sign-in dialog. Swagger UI focuses, and scrolls to, a later one. */
const focusSignIn: Plugin = () => ({
  statePlugins: {
    auth: {
      wrapActions: {
        showDefinitions: (show) => (definitions) => {
          const shown = show(definitions);
          if (definitions) requestAnimationFrame(() => document.getElementById('oauth_username')?.focus());
          return shown;
        },
      },
    },
  },
});

const ui = SwaggerUI({
  dom_id: '#docs',
  url: pathTo('openapi.json'),
  // The validator would send the address of this document to an external server.
  validatorUrl: null,
  // Tokens and passwords stay in the page's memory.
  persistAuthorization: false,
  oauth2RedirectUrl: new URL('docs/oauth2-redirect', BASE).href,
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  plugins: [focusSignIn],
});
ui.initOAuth({ usePkceWithAuthorizationCodeGrant: true });
