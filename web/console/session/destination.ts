/** Where people go who wanted to go nowhere else. */
export const HOME = '/account';

/** The sign-in page's address, which leads back to `path`. */
export function signInPath(path: string): string {
  return path === '/' || path === HOME ? '/sign-in' : `/sign-in?next=${encodeURIComponent(path)}`;
}

/**
 * Where `?next=` leads after signing in: a path of this console's, or home. Whoever sends a link to our sign-in page must
 * not choose another site for the person to land on, who would believe it to be ours (OWASP, "Unvalidated Redirects and
 * Forwards"): `//evil.example`, `/\evil.example` and `/.//evil.example` are such ones.
 */
export function destination(next: string | null, origin: string): string {
  if (!next?.startsWith('/') || !URL.canParse(next, origin)) return HOME;
  const url = new URL(next, origin);
  if (url.origin !== origin || url.pathname.startsWith('//')) return HOME;
  if (url.pathname === '/sign-in' || url.pathname === '/sign-up') return HOME;
  return url.pathname + url.search + url.hash;
}
