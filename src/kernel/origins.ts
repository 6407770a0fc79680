/** The names of this machine. A browser takes them for three sites, this server for one. */
const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

/** Returns the origins of this server: that of its public URL, and for a loopback address those of its other names. */
export function ownOrigins(publicUrl: string): string[] {
  const { protocol, hostname, port, origin } = new URL(publicUrl);
  if (!LOOPBACK.includes(hostname)) return [origin];
  return LOOPBACK.map((host) => new URL(`${protocol}//${host}:${port}`).origin);
}
