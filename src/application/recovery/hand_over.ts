import type { MadeLink } from '../foundation/mailed_links.ts';
import type { UseCaseSettings } from '../foundation/services.ts';

/** A link that an admin made for another person. */
export interface HandedLink {
  /** The link and its code, to hand over; null if both were mailed. */
  readonly link: string | null;
  readonly code: string | null;
  readonly expiresAt: Date;
}

/** Returns a link as the admin gets it: only where there is no mail server. */
export function handOver(
  { publicUrl, hasMailServer }: Pick<UseCaseSettings, 'publicUrl' | 'hasMailServer'>,
  { path, code, expiresAt }: MadeLink,
): HandedLink {
  return hasMailServer ? { link: null, code: null, expiresAt } : { link: `${publicUrl}${path}`, code, expiresAt };
}
