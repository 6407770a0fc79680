/** The default page after signing in. */
export const HOME = '/account';

/** Returns the address of the sign-in page, which leads back to `path`. */
export function signInPath(path: string): string {
  return path === '/' || path === HOME ? '/sign-in' : `/sign-in?next=${encodeURIComponent(path)}`;
}

/**
 * Returns the target of `?next=` after signing in: a path of the console, or home. A link to the sign-in page must not
 * lead on to another site, which the user would take for this one (OWASP, "Unvalidated Redirects and Forwards").
 * Examples are `//evil.example`, `/\evil.example` and `/.//evil.example`.
 */
export function destination(next: string | null, origin: string): string {
  if (!next?.startsWith('/') || !URL.canParse(next, origin)) return HOME;
  const url = new URL(next, origin);
  if (url.origin !== origin || url.pathname.startsWith('//')) return HOME;
  if (url.pathname === '/sign-in' || url.pathname === '/sign-up') return HOME;
  return url.pathname + url.search + url.hash;
}
