/** Returns whether a text is the URL of one PostgreSQL database. */
export function isDatabaseUrl(text: string): boolean {
  if (!/^postgres(ql)?:\/\/\S+$/.test(text) || !isDecodable(text) || !URL.canParse(text)) return false;
  const { hostname, pathname } = new URL(text);
  return isOneHost(hostname) && pathname.length > 1;
}

// A list of hosts would parse as one host name, and fail only at the first connection.
function isOneHost(hostname: string): boolean {
  return hostname !== '' && !hostname.includes(',');
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
