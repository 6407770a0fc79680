/** Settings that make hashing almost free. */
export const SMALL_HASHES = { ARGON2_MEMORY_KIB: '64', ARGON2_TIME_COST: '1', ARGON2_PARALLELISM: '1' };
