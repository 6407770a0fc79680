import { type Database, query } from '../store/database/database.ts';
import { BATCH_ROWS, inBatches } from '../store/database/batch.ts';
import { createMailPayloads } from './payload.ts';

interface SealedRow {
  readonly id: string;
  readonly payload: Uint8Array;
}

/**
 * Seals the payloads of mails that are not sent yet under the current secret, in batches. A mail that none of the secrets
 * opens stays as it is: it cannot be sent, and is no reason to keep the others from being sealed.
 * @param secrets `JWT_SECRET_KEY`, then the previous one
 */
export async function rewrapMails(database: Pick<Database, 'transaction'>, secrets: readonly string[]): Promise<void> {
  const payloads = createMailPayloads(secrets);
  let after = '00000000-0000-0000-0000-000000000000';
  await inBatches(database, new AbortController().signal, async (db) => {
    const rows = await query<SealedRow>(
      db,
      `select id, payload from mails where payload is not null and id > ? order by id limit ${BATCH_ROWS} for update`,
      [after],
    );
    for (const { id, payload } of rows) {
      const sealed = resealed(() => payloads.reseal(id, payload));
      if (sealed) await query(db, 'update mails set payload = ? where id = ?', [sealed, id]);
    }
    after = rows.at(-1)?.id ?? after;
    return rows.length;
  });
}

function resealed(reseal: () => Buffer): Buffer | undefined {
  try {
    return reseal();
  } catch {
    return undefined;
  }
}
