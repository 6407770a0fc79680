/** Characters of an access token: more than that is no token here, and servers on its way refuse such headers (431). */
export const LONGEST_TOKEN = 4096;

/** Characters of the scopes that a client is registered for, or that somebody asks for. */
export const LONGEST_SCOPE = 1000;
