/**
 * Characters (UTF-16 code units) of a message that leaves the server. Messages quote input. Without a bound, a client's
 * long name would come back once for each error.
 */
const LONGEST_MESSAGE = 200;

/**
 * Shortens a text to a number of characters (UTF-16 code units); the last one is then an ellipsis. Surrogate pairs are
 * never split, and lone surrogates are replaced.
 */
export function cut(text: string, most = LONGEST_MESSAGE): string {
  if (text.length <= most) return text.toWellFormed();
  // A surrogate pair that the cut would split is dropped as a whole.
  const kept = text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '');
  return `${kept.toWellFormed()}…`;
}
