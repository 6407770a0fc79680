import { createHash } from 'node:crypto';
import { openAll } from '../../../kernel/closers.ts';
import type { Log } from '../../../kernel/log.ts';
import { normalizePassword } from '../hasher.ts';
import { type BreachedFile, openBreachedFile } from './breached_file.ts';
import type { BreachMetrics } from './metrics.ts';
import { createRangeService, RangeServiceError } from './range_service.ts';

/** The sources of `BREACHED_PASSWORDS`, at least one of them. */
export interface BreachSources {
  /** The address of a range service, which is asked first. */
  readonly service: string | undefined;
  /** The path of a file. */
  readonly file: string | undefined;
}

/** The passwords that are known from breaches. */
export interface BreachedPasswords {
  /**
   * Returns whether a password is known from a breach, by its {@link breachDigest}. If no source can decide, the answer
   * is no: an outage of the service must not stop everybody from choosing a password.
   */
  has(sha1: Buffer): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Returns the digest by which breached passwords are published. It is of the form in which a password is hashed and
 * compared, because that is the password that an attacker would have to try.
 */
export function breachDigest(password: string): Buffer {
  return createHash('sha1').update(normalizePassword(password)).digest();
}

interface OpenSource {
  readonly name: 'service' | 'file';
  has(sha1: Buffer): Promise<boolean>;
}

/**
 * Opens the sources of breached passwords.
 * @throws Error for an operator if the file cannot be used
 */
export async function openBreachedPasswords(
  { service, file }: BreachSources,
  { metrics, log }: { readonly metrics: BreachMetrics; readonly log: Log },
): Promise<BreachedPasswords> {
  return openAll(async (opened) => {
    const sources: OpenSource[] = [];
    if (service !== undefined) {
      const ranges = createRangeService(service);
      opened.defer(ranges.close);
      sources.push({ name: 'service', has: ranges.has });
    }
    if (file !== undefined) {
      const passwords = await openFile(file);
      opened.defer(passwords.close);
      sources.push({ name: 'file', has: passwords.has });
    }
    return {
      async has(sha1) {
        for (const { name, has } of sources) {
          try {
            const breached = await has(sha1);
            metrics.asked(name, breached);
            return breached;
          } catch (error) {
            metrics.failed(name, error instanceof RangeServiceError ? error.reason : 'unreadable');
            log.warn({ err: error, source: name }, 'a source of breached passwords did not answer');
          }
        }
        metrics.asked('none', false);
        return false;
      },
      close: opened.close,
    };
  });
}

async function openFile(path: string): Promise<BreachedFile> {
  return openBreachedFile(path).catch((error: Error) => {
    throw new Error(`BREACHED_PASSWORDS: the file ${error.message}`, { cause: error });
  });
}
