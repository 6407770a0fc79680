/** The longest access token in characters. Longer texts are not tokens; proxies refuse headers of that size (431). */
export const LONGEST_TOKEN = 4096;

/** The longest list of scopes in characters, for the registration of a client and for a request. */
export const LONGEST_SCOPE = 1000;
