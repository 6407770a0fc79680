import { createHash } from 'node:crypto';

/*
 * The file of breached passwords, for a machine without access to a range service. A header of 64 bytes is followed by
 * the entries: the first bytes of SHA-1 digests, in ascending order, each once.
 *
 * offset  bytes
 *      0      8  "GHBREACH"
 *      8      4  version of the format, big-endian
 *     12      4  bytes of an entry, big-endian
 *     16      8  number of entries, big-endian
 *     24     32  SHA-256 of all entries
 *     56      8  the first bytes of the SHA-256 of the bytes before
 */

export const HEADER_BYTES = 64;

/**
 * The default number of bytes of an entry. With a list of 2^30 passwords, a password that is not listed has the entry of
 * a listed one with a probability of 2^30 / 2^64, one in 17 thousand million.
 */
export const ENTRY_BYTES = 8;
/** The fewest bytes: one new password in 262,000 is then refused without a reason. */
export const FEWEST_ENTRY_BYTES = 6;
/** A whole SHA-1 digest. */
export const MOST_ENTRY_BYTES = 20;

const MAGIC = Buffer.from('GHBREACH', 'latin1');
const VERSION = 1;
const CHECKSUM_AT = 56;

export interface FileHeader {
  readonly entryBytes: number;
  readonly entries: number;
  /** SHA-256 of all entries. */
  readonly digest: Buffer;
}

/** Returns the bytes of a header. */
export function writeHeader({ entryBytes, entries, digest }: FileHeader): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  header.writeUInt32BE(VERSION, 8);
  header.writeUInt32BE(entryBytes, 12);
  header.writeBigUInt64BE(BigInt(entries), 16);
  digest.copy(header, 24);
  checksumOf(header).copy(header, CHECKSUM_AT);
  return header;
}

/**
 * Reads the header of a file.
 * @param size the size of the whole file in bytes
 * @throws Error for an operator if the file is of another kind, or incomplete
 */
export function readHeader(header: Buffer, size: number): FileHeader {
  if (!header.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new Error('is not a file of "passwords breached build"');
  }
  if (header.length < HEADER_BYTES) throw new Error(DAMAGED);
  const version = header.readUInt32BE(8);
  if (version !== VERSION)
    throw new Error(`has the version ${version}, and this server reads ${VERSION}. Build it again`);
  if (!checksumOf(header).equals(header.subarray(CHECKSUM_AT))) throw new Error(DAMAGED);
  const entryBytes = header.readUInt32BE(12);
  const entries = Number(header.readBigUInt64BE(16));
  if (entryBytes < FEWEST_ENTRY_BYTES || entryBytes > MOST_ENTRY_BYTES || entries === 0) throw new Error(DAMAGED);
  if (size !== HEADER_BYTES + entries * entryBytes) throw new Error(DAMAGED);
  return { entryBytes, entries, digest: Buffer.from(header.subarray(24, CHECKSUM_AT)) };
}

export const DAMAGED = 'is incomplete or damaged. Build it again';

function checksumOf(header: Buffer): Buffer {
  return createHash('sha256')
    .update(header.subarray(0, CHECKSUM_AT))
    .digest()
    .subarray(0, HEADER_BYTES - CHECKSUM_AT);
}
