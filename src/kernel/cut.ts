/**
 * Characters (UTF-16 code units) of a message that leaves the server. Messages quote what was sent: without a bound, a
 * stranger's long name comes back once for each error.
 */
const LONGEST_MESSAGE = 200;

/**
 * Shortens a text to a number of characters (UTF-16 code units), the last of which is then an ellipsis. No surrogate pair
 * is split, and lone surrogates are replaced.
 */
export function cut(text: string, most = LONGEST_MESSAGE): string {
  if (text.length <= most) return text.toWellFormed();
  // A pair that the cut would split goes as a whole.
  const kept = text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '');
  return `${kept.toWellFormed()}…`;
}
