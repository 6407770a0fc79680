import { Pool } from 'undici';
import { VERSION } from '../../../kernel/version.ts';

/**
 * A service that returns all breached passwords whose SHA-1 begins with five hex digits, as Have I Been Pwned does
 * (k-anonymity). Each range has hundreds of passwords, so that the service does not learn which one was meant.
 */
export interface RangeService {
  /**
   * Returns whether the service knows a SHA-1 digest. Only its first five hex digits are sent.
   * @throws RangeServiceError if there is no usable response within a second
   */
  has(sha1: Buffer): Promise<boolean>;
  /** Aborts the requests in progress. */
  close(): Promise<void>;
}

/** The reasons why a service did not decide. They are labels of a metric. */
export const RANGE_FAILURES = ['timeout', 'unreachable', 'refused', 'malformed'] as const;
export type RangeFailure = (typeof RANGE_FAILURES)[number];

/** A response that decides nothing. It never has a digit of the digest. */
export class RangeServiceError extends Error {
  override readonly name = 'RangeServiceError';
  readonly reason: RangeFailure;

  constructor(reason: RangeFailure) {
    super(`The range service of breached passwords: ${reason}`);
    this.reason = reason;
  }
}

/** A person waits for the new password to be accepted. */
const TIMEOUT_MS = 1_000;
/** Ten times the largest range that is published. */
const MOST_BYTES = 1 << 20;
const PREFIX_DIGITS = 5;
const LINE = /^[\dA-F]{35}:\d{1,15}$/i;

/** Creates the client of a range service. @param address its address, to which `/` and the five digits are appended */
export function createRangeService(address: string): RangeService {
  const { origin, pathname } = new URL(address);
  const folder = pathname.replace(/\/+$/, '');
  // Follows no redirects: the digits go only to the service that the operator chose.
  const pool = new Pool(origin, { connections: 16, maxResponseSize: MOST_BYTES, headersTimeout: 0, bodyTimeout: 0 });

  async function ask(prefix: string, signal: AbortSignal): Promise<string> {
    const { statusCode, body } = await pool.request({
      method: 'GET',
      path: `${folder}/${prefix}`,
      // Padding: the length of an encrypted response would otherwise tell the range.
      headers: { 'add-padding': 'true', 'user-agent': `gatehouse/${VERSION}` },
      signal,
    });
    if (statusCode !== 200) {
      await body.dump({ limit: 0, signal }).catch(() => undefined);
      throw new RangeServiceError('refused');
    }
    return body.text();
  }

  return {
    async has(sha1) {
      const hex = sha1.toString('hex').toUpperCase();
      const deadline = AbortSignal.timeout(TIMEOUT_MS);
      const text = await ask(hex.slice(0, PREFIX_DIGITS), deadline).catch((error: unknown) => {
        if (error instanceof RangeServiceError) throw error;
        throw new RangeServiceError(deadline.aborted ? 'timeout' : isTooLarge(error) ? 'malformed' : 'unreachable');
      });
      return contains(text, hex.slice(PREFIX_DIGITS));
    },
    close: () => pool.destroy(),
  };
}

/**
 * Returns whether a range has a suffix. Padding has the count 0.
 * @throws RangeServiceError for a text that is no range: the page of a proxy must not count as an empty one
 */
function contains(text: string, suffix: string): boolean {
  const lines = text.split(/\r?\n/).filter((line) => line !== '');
  if (lines.length === 0 || !lines.every((line) => LINE.test(line))) throw new RangeServiceError('malformed');
  return lines.some((line) => line.slice(0, suffix.length).toUpperCase() === suffix && !/:0+$/.test(line));
}

function isTooLarge(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE';
}
