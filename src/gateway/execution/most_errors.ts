/**
 * The limit of errors in one response. Threat: a list can fail at thousands of positions, and each error costs a stack,
 * a walk over the document and space in the response. Errors beyond the limit are not created.
 */
export const MOST_ERRORS = 100;

/** The limit of entries of one kind that are logged for one response. */
export const MOST_LOGGED = 10;
