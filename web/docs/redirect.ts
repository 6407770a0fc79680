/** Passes the authorization response to the page that opened this window, and closes it. */
import 'swagger-ui-dist/oauth2-redirect.js';
