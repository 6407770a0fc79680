/** Hands what the authorization endpoint said to the page that opened this window, and closes it. */
import 'swagger-ui-dist/oauth2-redirect.js';
