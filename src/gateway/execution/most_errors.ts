/**
 * Errors of one whole answer, whatever they come from. A list of thousands can fail at each of its places, and an error
 * costs a stack, a walk over the document and a place in the answer: none is made beyond these.
 */
export const MOST_ERRORS = 100;

/** Things of one kind that the log takes of one answer. */
export const MOST_LOGGED = 10;
