/** Folders whose own folders are rooms: `src/gateway`, `web/console`. Any other top-level folder is one room. */
const DIVIDED = new Set(['src', 'packages', 'web', 'test']);

/** The room of a file, by its path from the root; `.` for the files at the root. */
export function roomOf(path: string): string {
  const [top, below, ...rest] = path.split('/');
  if (top === undefined || below === undefined) return '.';
  return DIVIDED.has(top) && rest.length > 0 ? `${top}/${below}` : top;
}
