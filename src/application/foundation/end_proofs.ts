import { STORED, type StoredPurpose } from '../../proofs/purposes.ts';
import type { Db } from '../../store/database/database.ts';
import type { Services } from './services.ts';

const ALL = Object.keys(STORED) as StoredPurpose[];

/**
 * Voids the open proofs of an account, but not the links that take a change of its address back. Threat: a thief would
 * change the address, reset the password through it, and the owner could not undo anything.
 */
export async function endProofs({ proofs }: Pick<Services, 'proofs'>, db: Db, userId: string): Promise<void> {
  await proofs.endAll(
    db,
    userId,
    ALL.filter((purpose) => purpose !== 'email-undo'),
  );
}
